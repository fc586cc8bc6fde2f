import { z } from "zod";

const TEXT_CHARACTERS_MAX = 300;

export const PROCEDURES = [
  "enableSummaryReports",
  "disableSummaryReports",
  "createAccount",
  "createAccountAndEnableReports",
] as const;
export type Procedure = (typeof PROCEDURES)[number];

/** An EHR as the demo clinic's settings know it. */
export interface DemoEhr {
  readonly sourceId: string;
  readonly sourceName: string;
  readonly clinicName: string;
  readonly mrnIdType: string;
  readonly tagCode: string;
  readonly procedureCodes: Readonly<Record<Procedure, string>>;
  /** A patient of the demo clinic who has data. */
  readonly patient: OrderedPatient;
}

export interface OrderedPatient {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly birthDate?: string | undefined;
  readonly mrn?: string | undefined;
  readonly email?: string | undefined;
  readonly tag?: string | undefined;
}

const text = z.string().max(TEXT_CHARACTERS_MAX).optional();
/** Nothing about the patient is needed: what the service says to an order that lacks it is worth a try. */
export const OrderInput = z.object({
  procedure: z.enum(PROCEDURES),
  firstName: text,
  lastName: text,
  birthDate: text,
  mrn: text,
  email: text,
  tag: text,
});
export type OrderInput = z.output<typeof OrderInput>;

export const PROCEDURE_NAMES: Readonly<Record<Procedure, string>> = {
  enableSummaryReports: "Enable reports",
  disableSummaryReports: "Disable reports",
  createAccount: "Create an account",
  createAccountAndEnableReports: "Create an account and enable reports",
};

/** Somebody no clinic knows yet: another person each time. */
export function strangerTo({ patient }: DemoEhr): OrderedPatient {
  const digits = crypto.getRandomValues(new Uint16Array(1))[0]!.toString().padStart(5, "0");
  return {
    firstName: "Nia",
    lastName: `Newcomer ${digits}`,
    birthDate: "1990-02-03",
    mrn: `NEW-${digits}`,
    email: `nia.newcomer.${digits}@mail.example`,
    tag: patient.tag,
  };
}

const listOf = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

const quoted = (text: string) => text.replaceAll("'", "'\\''");

/** A command that sends an order with no more than it needs, a new one each time. */
export function orderByHand(
  ehr: DemoEhr,
  { origin, verificationToken }: { origin: string; verificationToken: string },
) {
  const { firstName, lastName, birthDate, mrn } = ehr.patient;
  const order = {
    Meta: { DataModel: "Order", EventType: "New", Source: { ID: ehr.sourceId }, Logs: [{ ID: "by-hand-$NOW" }] },
    Patient: {
      Identifiers: [{ ID: mrn, IDType: ehr.mrnIdType }],
      Demographics: { FirstName: firstName, LastName: lastName, DOB: birthDate },
    },
    Order: { ID: "by-hand", Procedure: { Code: ehr.procedureCodes.enableSummaryReports } },
  };
  const lines = Object.entries(order).map(([name, part]) => `  ${JSON.stringify(name)}: ${JSON.stringify(part)}`);
  const body = quoted(`{\n${lines.join(",\n")}\n}`).replace("$NOW", "'$(date +%s)'");
  return `curl -i -X POST ${origin}/v1/redox \\
  -H 'verification-token: ${quoted(verificationToken)}' -H 'content-type: application/json' \\
  -d '${body}'`;
}

/** An order as Redox passes it on from an EHR (`Order`/`New`). */
export function orderMessage(ehr: DemoEhr, { procedure, ...patient }: OrderInput, orderId: string, now: Date) {
  const serial = crypto.randomUUID();
  return {
    Meta: {
      DataModel: "Order",
      EventType: "New",
      EventDateTime: now.toISOString(),
      Test: true,
      Source: { ID: ehr.sourceId, Name: ehr.sourceName },
      Destinations: [{ ID: "clinics-edge", Name: "Clinics Edge" }],
      Logs: [{ ID: serial, AttemptID: crypto.randomUUID() }],
      Message: { ID: now.getTime() },
      Transmission: { ID: now.getTime() },
      FacilityCode: null,
    },
    Patient: {
      Identifiers: listOf(patient.mrn).map((mrn) => ({ ID: mrn, IDType: ehr.mrnIdType })),
      Demographics: {
        FirstName: patient.firstName ?? null,
        LastName: patient.lastName ?? null,
        DOB: patient.birthDate ?? null,
        EmailAddresses: listOf(patient.email),
      },
    },
    Visit: {
      VisitNumber: `visit-${orderId}`,
      AccountNumber: null,
      Location: { Type: null, Facility: ehr.clinicName, Department: "Endocrinology", Room: null, Bed: null },
      // Of a child the address is the guarantor's.
      Guarantor: { FirstName: null, LastName: null, EmailAddresses: listOf(patient.email) },
    },
    Order: {
      ID: orderId,
      Status: "New",
      TransactionDateTime: now.toISOString(),
      Procedure: {
        Code: ehr.procedureCodes[procedure],
        Codeset: "Demo EHR",
        Description: PROCEDURE_NAMES[procedure],
      },
      Provider: { NPI: null, ID: "4356789876", IDType: "NPI", FirstName: "Pat", LastName: "Granite" },
      ClinicalInfo: listOf(patient.tag).map((tag) => ({
        Code: ehr.tagCode,
        Codeset: null,
        Description: "Tags",
        Value: tag,
        Units: null,
      })),
    },
  };
}
