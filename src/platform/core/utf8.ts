const encoder = new TextEncoder();

/** A text as UTF-8, in a buffer that is its own. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text) as Uint8Array<ArrayBuffer>;
