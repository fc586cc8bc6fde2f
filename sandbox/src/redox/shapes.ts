import { z } from "zod";

/** What may come to the endpoint: the parts and types that the product sends, and whatever else Redox allows beside them. */

const said = z.string().min(1);
const maybe = z.string().nullish();
const moment = z.iso.datetime({ offset: true, precision: 0 });
const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** `%PDF-` in base64, as far as its bits decide the letters. */
const PDF_BEGINS = "JVBERi0";

const Meta = z.object({
  DataModel: said,
  EventType: said,
  EventDateTime: moment,
  Test: z.boolean().nullish(),
  Source: z.object({ ID: said, Name: maybe }),
  Destinations: z.array(z.object({ ID: said, Name: maybe })).min(1),
});

const Patient = z.object({
  // Copied from the order, which may lack them.
  Identifiers: z.array(z.object({ ID: said, IDType: said })),
  Demographics: z.object({ FirstName: maybe, LastName: maybe, DOB: maybe }).nullish(),
});

const Visit = z.object({
  VisitNumber: maybe,
  AccountNumber: maybe,
  Location: z.object({}).nullish(),
  Extensions: z
    .object({
      "additional-identifier": z.object({ url: said, identifier: z.object({ type: said, value: said }) }).optional(),
      "additional-provider-info": z
        .object({
          url: said,
          participants: z
            .array(
              z.object({
                id: said,
                idType: z.string(),
                person: z.object({
                  name: z.object({ given: z.array(z.string()).nullable(), family: z.string() }),
                }),
              }),
            )
            .min(1),
        })
        .optional(),
    })
    .optional(),
  AdditionalStaff: z.array(z.object({ Role: z.object({ Code: maybe }).nullish() })).optional(),
});

const Observation = z
  .object({
    Code: said,
    Value: said,
    ValueType: z.enum(["Numeric", "DateTime"]),
    Units: maybe,
    Description: maybe,
    DateTime: moment,
  })
  .refine(({ Value, ValueType }) => (ValueType === "Numeric" ? NUMBER.test(Value) : moment.safeParse(Value).success), {
    path: ["Value"],
    message: "not of its ValueType",
  });

const Outcome = z.object({
  Code: said,
  Value: said,
  ValueType: z.enum(["Numeric", "String", "DateTime"]),
  Description: maybe,
  Status: maybe,
  CompletionDateTime: moment.nullish(),
});

const Flowsheet = z.object({ Meta, Patient, Visit: Visit.nullish(), Observations: z.array(Observation).min(1) });

const Results = z.object({
  Meta,
  Patient,
  Visit: Visit.nullish(),
  Orders: z
    .array(
      z.object({
        // Empty for an order that has none.
        ID: z.string(),
        Status: said,
        ResultsStatus: maybe,
        CompletionDateTime: moment.nullish(),
        Procedure: z.object({ Code: maybe }).nullish(),
        Results: z.array(Outcome).min(1),
      }),
    )
    .min(1),
});

const noteParts = {
  DocumentID: said,
  DocumentType: said,
  Availability: maybe,
  DocumentationDateTime: moment.nullish(),
  Provider: z.object({ ID: said, IDType: maybe, FirstName: maybe, LastName: maybe }),
  FileName: said,
  FileType: said,
  ContentType: z.enum(["Base64 Encoded", "Plain Text"]),
  FileContents: said,
  Components: z.array(z.object({ ID: said, Name: maybe, Value: said, Comments: maybe })).optional(),
};

const isPdf = (text: string) => text.length % 4 === 0 && BASE64.test(text) && text.startsWith(PDF_BEGINS);

const notes = <T extends z.ZodType>(OriginalDocumentID: T) =>
  z.object({
    Meta,
    Patient,
    Visit: Visit.nullish(),
    Orders: z.array(z.object({ ID: said, Name: maybe })).optional(),
    Note: z
      .object({ ...noteParts, OriginalDocumentID })
      .refine(({ ContentType, FileContents }) => ContentType === "Plain Text" || isPdf(FileContents), {
        path: ["FileContents"],
        message: "not a PDF in base64",
      }),
  });

const NewNotes = notes(z.null().optional());
const ReplacedNotes = notes(said);

const SHAPES: ReadonlyMap<string, z.ZodType<Message>> = new Map<string, z.ZodType<Message>>([
  ["Flowsheet/New", Flowsheet],
  ["Results/New", Results],
  ["Notes/New", NewNotes],
  ["Notes/Replace", ReplacedNotes],
]);

export type Flowsheet = z.output<typeof Flowsheet>;
export type Results = z.output<typeof Results>;
export type Notes = z.output<typeof NewNotes> | z.output<typeof ReplacedNotes>;
export type Message = Flowsheet | Results | Notes;

/** A message as it came, or what is wrong with it. */
export function messageOf(body: unknown): { message: Message } | { errorDetail: string } {
  const head = z.object({ Meta }).safeParse(body);
  if (!head.success) return { errorDetail: faultOf(head.error) };
  const { DataModel, EventType } = head.data.Meta;
  const shape = SHAPES.get(`${DataModel}/${EventType}`);
  if (!shape) return { errorDetail: `Meta: ${DataModel}/${EventType} is none of ${[...SHAPES.keys()].join(", ")}` };
  const whole = shape.safeParse(body);
  return whole.success ? { message: whole.data } : { errorDetail: faultOf(whole.error) };
}

function faultOf({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.join(".") ?? "";
  return `${path === "" ? "the body" : path}: ${issue?.message ?? "invalid"}`;
}
