/** The numbers that types are stored as. A number is never given to another type. */
const CODES = {
  cbg: 1,
  smbg: 2,
  basal: 3,
  bolus: 4,
  deviceEvent: 5,
  food: 6,
  pumpSettings: 7,
  wizard: 8,
} as const;

export const CBG = CODES.cbg;
export const SMBG = CODES.smbg;

/** The number of a type that is stored. */
export function typeCode(type: string): number {
  const code = (CODES as Readonly<Record<string, number | undefined>>)[type];
  if (code === undefined) throw new TypeError("a type without a number");
  return code;
}

/** The numbers of those of the types that are stored at all; all of them where none are named. */
export const typeCodes = (types: readonly string[] | undefined): readonly number[] =>
  Object.entries(CODES)
    .filter(([type]) => types === undefined || types.includes(type))
    .map(([, code]) => code);
