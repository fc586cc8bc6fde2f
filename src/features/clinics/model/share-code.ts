/** 32 symbols without I, O, 0 and 1, which are easily taken for one another. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
export const SHARE_CODE = new RegExp(`^[${ALPHABET}]{4}-[${ALPHABET}]{4}-[${ALPHABET}]{4}$`);

/** A new code: three groups of four symbols, each drawn without bias (32 divides 256), 2^60 in all. */
export function newShareCode(): string {
  const symbols = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => ALPHABET[byte & 31]).join("");
  return `${symbols.slice(0, 4)}-${symbols.slice(4, 8)}-${symbols.slice(8)}`;
}

/** The form in which a typed code is looked up: codes are upper case only. */
export const normalShareCode = (text: string): string => text.trim().toUpperCase();
