/** HTTP Basic credentials by RFC 6749 §2.3.1: id and secret are form-encoded first, so they may hold any character. */
export const basicCredentials = (clientId: string, clientSecret: string): string =>
  `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`;

const formEncoded = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);
