import { z } from "@hono/zod-openapi";

/** Names of people and clinics. Our choice. */
export const NAME_LENGTH_MAX = 256;
/** The limit for an address that follows from RFC 5321. */
export const ADDRESS_LENGTH_MAX = 254;
/** Medical record numbers. Our choice. */
export const IDENTIFIER_LENGTH_MAX = 64;
/** Codes, keys and names assigned by other systems. Our choice. */
export const CODE_LENGTH_MAX = 256;
/** Our choice. */
export const URL_LENGTH_MAX = 2048;
/** Text that is only stored and displayed. Our choice. */
export const TEXT_LENGTH_MAX = 1000;
/** Our choice: longer than any stored text, including those stored before there were bounds. */
export const SOUGHT_LENGTH_MAX = 2000;

/**
 * Whether a text has more than `max` code points, the unit of the published bounds. Reads no more of the text than
 * necessary; a text within the bound has at most 4 × `max` bytes of UTF-8.
 */
export function isLongerThan(value: string, max: number): boolean {
  if (value.length <= max) return false;
  if (value.length > 2 * max) return true;
  let count = 0;
  for (const _ of value) count += 1;
  return count > max;
}

/** The beginning of a text that another system gave, of at most `max` code points. */
export const cutTo = (value: string, max: number): string =>
  isLongerThan(value, max)
    ? Array.from(value.slice(0, 2 * max))
        .slice(0, max)
        .join("")
    : value;

const countOf = (n: number) => (n === 1 ? "1 character is" : `${n} characters are`);

interface Bounds {
  readonly max: number;
  /** 1 by default; 0 allows the empty text. */
  readonly min?: 0 | 1;
}

/** A text with bounds; `faultOf` returns the validation error of a text within its bounds, if it has one. */
function bounded({ max, min = 1 }: Bounds, faultOf: (value: string) => string | undefined) {
  return z
    .string()
    .superRefine((value, ctx) => {
      const message =
        value.length < min
          ? `at least ${countOf(min)} expected`
          : isLongerThan(value, max)
            ? `at most ${countOf(max)} expected`
            : faultOf(value);
      if (message !== undefined) ctx.addIssue({ code: "custom", message });
    })
    .openapi(min === 0 ? { maxLength: max } : { minLength: min, maxLength: max });
}

/** NUL terminates a text in SQL functions; an unpaired surrogate can't be encoded as UTF-8. */
const isStorable = (value: string) => !value.includes("\u0000") && value.isWellFormed();
const NOT_STORABLE = "a text without NUL and without unpaired surrogates is expected";

/** Any text of at most `max` code points. */
export const text = (bounds: Bounds) => bounded(bounds, (value) => (isStorable(value) ? undefined : NOT_STORABLE));

/** Any text within its bounds, storable or not. */
export const anyText = (bounds: Bounds) => bounded(bounds, () => undefined);

/** A search text: one that can't be stored is valid and matches nothing. */
export const sought = () => anyText({ max: SOUGHT_LENGTH_MAX });

/** A code, key or name assigned by another system. */
export const code = () => text({ max: CODE_LENGTH_MAX });

/** A visible character: no blank, mark, control, format or default-ignorable character, no empty Braille cell. */
const VISIBLE = /[^\s\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Line separators count as control characters: a name is printed on one line. */
const CONTROLS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** The name of a person or a clinic, stored unchanged. Joiners are allowed: several scripts need them. */
export const name = () =>
  bounded({ max: NAME_LENGTH_MAX }, (value) => {
    if (CONTROLS.test(value)) return "a name without control and direction characters is expected";
    return VISIBLE.test(value) ? undefined : "a name with a visible character is expected";
  });

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A medical record number, stored in NFC; invisible characters are refused because they make equal numbers differ. */
export const identifier = () =>
  bounded({ max: IDENTIFIER_LENGTH_MAX }, (value) => {
    if (INVISIBLE.test(value)) return "an identifier without control and format characters is expected";
    const isTooLong = isLongerThan(value.normalize("NFC"), IDENTIFIER_LENGTH_MAX);
    return isTooLong ? `at most ${countOf(IDENTIFIER_LENGTH_MAX)} expected` : undefined;
  })
    .transform((value) => value.normalize("NFC"))
    .openapi({
      minLength: 1,
      maxLength: IDENTIFIER_LENGTH_MAX,
      description: "Without control and format characters; kept in Unicode normalization form C.",
    });

const ADDRESS = /^[^\s@\p{Cc}\p{Cf}\p{Cs}]+@[^\s@\p{Cc}\p{Cf}\p{Cs}]+$/u;

const isAddress = (value: string) => !isLongerThan(value, ADDRESS_LENGTH_MAX) && ADDRESS.test(value);
const address = (isValid: (value: string) => boolean, min: 0 | 1) =>
  z
    .string()
    .refine(isValid, { error: `an e-mail address of at most ${ADDRESS_LENGTH_MAX} characters is expected` })
    .openapi({ format: "email", maxLength: ADDRESS_LENGTH_MAX, ...(min === 0 ? {} : { minLength: min }) });

/** An e-mail address of the form `x@y`, case-insensitive. */
export const Email = address(isAddress, 1);

/** An e-mail address, or the empty text for none. */
export const EmailOrEmpty = address((value) => value === "" || isAddress(value), 0);

/** A list of at most `max` entries. */
export const list = <T extends z.ZodType>(item: T, max: number) => z.array(item).max(max);

/** A list without repeated entries. */
export const uniqueItems = <T extends z.ZodType>(item: T, max: number) =>
  list(item, max)
    .refine((items) => new Set(items.map((entry) => JSON.stringify(entry))).size === items.length, {
      error: "repeated entries are not allowed",
    })
    .openapi({ uniqueItems: true });
