import { z } from "zod";

const TEXT_CHARACTERS_MAX = 300;

/** A hospital as the demo clinic's settings know it. */
export interface DemoHospital {
  readonly deployment: string;
  readonly programId: string;
  readonly clinicName: string;
  readonly mrnIdType: string;
  /** A patient of the demo clinic who has data. */
  readonly patient: Chart;
}

const text = z.string().trim().max(TEXT_CHARACTERS_MAX).default("");

/** What the EHR has of a patient, and who looks at it; nothing is needed: what the service says without is worth a try. */
export const Chart = z.object({
  firstName: text,
  lastName: text,
  birthDate: text,
  mrn: text,
  email: text,
  ehrUser: text,
});
export type Chart = z.output<typeof Chart>;

export const STRANGERS = ["adult", "child"] as const;
export type Stranger = (typeof STRANGERS)[number];

/** Well below the age from which patients have their own account, whenever it is asked. */
const CHILD_YEARS = 8;

/** Somebody no clinic knows yet: another person each time. */
export function strangerTo({ patient }: DemoHospital, kind: Stranger, now: Date): Chart {
  const digits = crypto.getRandomValues(new Uint16Array(1))[0]!.toString().padStart(5, "0");
  const { ehrUser } = patient;
  if (kind === "adult") {
    const email = `nia.newcomer.${digits}@mail.example`;
    return {
      firstName: "Nia",
      lastName: `Newcomer ${digits}`,
      birthDate: "1990-02-03",
      mrn: `NEW-${digits}`,
      email,
      ehrUser,
    };
  }
  const birthDate = `${now.getUTCFullYear() - CHILD_YEARS}-01-15`;
  return { firstName: "Kit", lastName: `Newcomer ${digits}`, birthDate, mrn: `KID-${digits}`, email: "", ehrUser };
}

export const nameOf = ({ firstName, lastName, mrn }: Chart): string =>
  [firstName, lastName].filter(Boolean).join(" ") || mrn || "nobody";
