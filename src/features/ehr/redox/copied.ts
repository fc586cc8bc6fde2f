import { type JsonObject, listOf, objectOf, textOf } from "../model/json.ts";

/**
 * The parts of an order that go back in messages. Only fields named here are copied, and only when they have the type
 * that Redox's schemas give them: texts and flags are null otherwise, objects and lists are left out. Values are lists
 * whose entries may be anything.
 */
type Shape = { readonly [field: string]: "text" | "flag" | "values" | Shape | readonly [Shape] };

const IDENTIFIERS = [{ ID: "text", IDType: "text" }] as const;
const ADDRESS = {
  StreetAddress: "text",
  City: "text",
  State: "text",
  ZIP: "text",
  County: "text",
  Country: "text",
} as const;
const LOCATION = {
  Type: "text",
  Facility: "text",
  FacilityIdentifiers: IDENTIFIERS,
  Department: "text",
  DepartmentIdentifiers: IDENTIFIERS,
  Room: "text",
} as const;
const VISIT_LOCATION = { ...LOCATION, Bed: "text" } as const;
const DEMOGRAPHICS = {
  FirstName: "text",
  MiddleName: "text",
  LastName: "text",
  DOB: "text",
  SSN: "text",
  Sex: "text",
  Race: "text",
  IsHispanic: "flag",
  Religion: "text",
  MaritalStatus: "text",
  IsDeceased: "flag",
  DeathDateTime: "text",
  PhoneNumber: { Home: "text", Office: "text", Mobile: "text" },
  EmailAddresses: "values",
  Language: "text",
  Citizenship: "values",
  Address: ADDRESS,
} as const;
const PROCEDURE = { Code: "text", Codeset: "text", Description: "text" } as const;
const PROVIDER = {
  NPI: "text",
  ID: "text",
  IDType: "text",
  FirstName: "text",
  LastName: "text",
  Credentials: "values",
  Address: ADDRESS,
  EmailAddresses: "values",
  PhoneNumber: { Office: "text" },
  Location: LOCATION,
} as const;

type Copy<S extends Shape> = {
  -readonly [F in keyof S as S[F] extends "text" | "flag" ? F : never]: S[F] extends "text"
    ? string | null
    : boolean | null;
} & {
  -readonly [F in keyof S as S[F] extends "text" | "flag" ? never : F]?: S[F] extends "values"
    ? unknown[]
    : S[F] extends readonly [infer E extends Shape]
      ? Copy<E>[]
      : S[F] extends Shape
        ? Copy<S[F]>
        : never;
};

/** What is copied of an order. */
export interface CopiedOrder {
  readonly patient: {
    /** Redox requires the list: empty when the order has none. */
    readonly Identifiers: readonly { readonly ID: string; readonly IDType: string }[];
    readonly Demographics?: Copy<typeof DEMOGRAPHICS>;
  };
  /** Undefined: the order has no visit. */
  readonly visit:
    | {
        readonly VisitNumber: string | null;
        readonly AccountNumber: string | null;
        readonly Location?: Copy<typeof VISIT_LOCATION>;
      }
    | undefined;
  readonly orderId: string | undefined;
  readonly procedure: Copy<typeof PROCEDURE> | undefined;
  readonly provider: Copy<typeof PROVIDER> | undefined;
  readonly isTest: boolean;
}

/** Copies from any JSON; never throws. */
export function copiedOrder(message: unknown): CopiedOrder {
  const root = objectOf(message);
  const patient = objectOf(root?.Patient);
  const demographics = copyOf(DEMOGRAPHICS, patient?.Demographics);
  const visit = copyOf({ VisitNumber: "text", AccountNumber: "text", Location: VISIT_LOCATION }, root?.Visit);
  const order = objectOf(root?.Order);
  return {
    patient: {
      Identifiers: (listOf(patient?.Identifiers) ?? []).flatMap((entry) => {
        const { ID, IDType } = objectOf(entry) ?? {};
        return typeof ID === "string" && typeof IDType === "string" ? [{ ID, IDType }] : [];
      }),
      ...(demographics && { Demographics: demographics }),
    },
    visit,
    orderId: textOf(order?.ID),
    procedure: copyOf(PROCEDURE, order?.Procedure),
    provider: copyOf(PROVIDER, order?.Provider),
    isTest: objectOf(root?.Meta)?.Test === true,
  };
}

function copyOf<const S extends Shape>(shape: S, value: unknown): Copy<S> | undefined {
  const fields = objectOf(value);
  return fields && (copyOfFields(shape, fields) as Copy<S>);
}

function copyOfFields(shape: Shape, fields: JsonObject): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(shape)) {
    const value = fields[name];
    if (type === "text") copy[name] = typeof value === "string" ? value : null;
    else if (type === "flag") copy[name] = typeof value === "boolean" ? value : null;
    else {
      const part = type === "values" ? valuesOf(value) : isList(type) ? copiesOf(type[0], value) : copyOf(type, value);
      if (part !== undefined) copy[name] = part;
    }
  }
  return copy;
}

const isList = (type: Shape | readonly [Shape]): type is readonly [Shape] => Array.isArray(type);

const copiesOf = (shape: Shape, value: unknown) =>
  listOf(value)?.flatMap((entry) => {
    const copy = copyOf(shape, entry);
    return copy === undefined ? [] : [copy];
  });

/** As deep as any that Redox documents, and more; JSON.stringify fails on very deep ones. */
const DEPTH_MAX = 8;

const valuesOf = (value: unknown) => listOf(value)?.filter((entry) => isShallow(entry, DEPTH_MAX));

const isShallow = (value: unknown, depth: number): boolean =>
  typeof value !== "object" ||
  value === null ||
  (depth > 0 && Object.values(value).every((part) => isShallow(part, depth - 1)));
