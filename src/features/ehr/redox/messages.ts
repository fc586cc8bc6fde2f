import { type Observation, toWholeSeconds } from "../model/observations.ts";
import { copiedOrder, type CopiedOrder } from "./copied.ts";

/** What every message to Redox is made from. The same input gives the same message. */
export interface MessageInput {
  /** The order that is answered, as it was received. */
  readonly order: unknown;
  /** What this service is called in Redox. */
  readonly source: { readonly id: string; readonly name: string };
  readonly destinationId: string;
  /** When the message was made, in epoch milliseconds. */
  readonly at: number;
}

export interface FlowsheetInput extends MessageInput {
  readonly observations: readonly Observation[];
}

export interface NotesInput extends MessageInput {
  readonly eventType: "New" | "Replace";
  readonly documentId: string;
  /** The document that is replaced: given exactly with `Replace`. */
  readonly originalDocumentId: string | undefined;
  /** Undefined: the clinic doesn't want the GMI in notes; null: it does, and there is none. */
  readonly gmi: Observation | null | undefined;
}

/** The document itself, or its address in Redox's store. */
export type NotesContent = { readonly base64: string } | { readonly uri: string };

export type ResultsKind = "matching" | "account";

export interface ResultsInput extends MessageInput {
  readonly kind: ResultsKind;
  readonly isSuccess: boolean;
  readonly message: string;
}

type DataModel = "Flowsheet" | "Notes" | "Results";

/** Unset scalars are null on the wire, unset objects and lists are left out. */
const metaOf = (
  dataModel: DataModel,
  eventType: "New" | "Replace",
  { source, destinationId, at }: MessageInput,
  isTest: boolean,
) => ({
  DataModel: dataModel,
  EventType: eventType,
  EventDateTime: toWholeSeconds(at),
  // Marks the answer to a test message as one.
  Test: isTest ? true : null,
  Source: { ID: source.id, Name: source.name },
  Destinations: [{ ID: destinationId, Name: null }],
  FacilityCode: null,
});

const EXTENSIONS = "https://api.redoxengine.com/extensions";

/** A patient's numbers. */
export function flowsheetMessage(input: FlowsheetInput) {
  const copied = copiedOrder(input.order);
  const extensions = extensionsOf(copied);
  const hasVisit = copied.visit !== undefined || extensions !== undefined;
  return {
    Meta: metaOf("Flowsheet", "New", input, copied.isTest),
    Patient: copied.patient,
    ...(hasVisit && {
      Visit: {
        VisitNumber: null,
        AccountNumber: null,
        VisitDateTime: null,
        ...copied.visit,
        ...(extensions && { Extensions: extensions }),
      },
    }),
    Observations: input.observations.map(({ code, value, valueType, units, description, dateTime }) => ({
      Code: code,
      Value: value,
      ValueType: valueType,
      Units: units,
      Description: description,
      DateTime: dateTime,
      AbnormalFlag: null,
      Codeset: null,
      Status: null,
    })),
  };
}

/** What a flowsheet has no field for: the order, and who placed it. */
function extensionsOf({ orderId, provider }: CopiedOrder): Record<string, object> | undefined {
  const extensions: Record<string, object> = {};
  if (orderId !== undefined) {
    const url = `${EXTENSIONS}/additional-identifier`;
    extensions["additional-identifier"] = { url, identifier: { type: "orderId", value: orderId } };
  }
  if (provider?.ID && (provider.FirstName || provider.LastName)) {
    const name = { given: provider.FirstName ? [provider.FirstName] : null, family: provider.LastName ?? "" };
    extensions["additional-provider-info"] = {
      url: `${EXTENSIONS}/additional-provider-info`,
      participants: [{ id: provider.ID, idType: provider.IDType ?? "", person: { name } }],
    };
  }
  return Object.keys(extensions).length === 0 ? undefined : extensions;
}

/** A patient's report. */
export function notesMessage(input: NotesInput & { readonly content: NotesContent }) {
  const { rest, note } = noteParts(input);
  return { ...rest, Note: { ...note, ...contentOf(input.content) } };
}

const contentOf = (content: NotesContent) =>
  "uri" in content
    ? { ContentType: "Plain Text", FileContents: content.uri }
    : { ContentType: "Base64 Encoded", FileContents: content.base64 };

const NO_STAFF = { ID: null, IDType: null, FirstName: null, LastName: null };

function noteParts(input: NotesInput) {
  const copied = copiedOrder(input.order);
  const { visit, procedure, provider, orderId } = copied;
  const rest = {
    Meta: metaOf("Notes", input.eventType, input, copied.isTest),
    Patient: copied.patient,
    ...((visit || procedure) && {
      Visit: {
        VisitNumber: null,
        AccountNumber: null,
        PatientClass: null,
        VisitDateTime: null,
        ...visit,
        ...(procedure && { AdditionalStaff: [{ ...NO_STAFF, Role: procedure }] }),
      },
    }),
    ...(orderId !== undefined && { Orders: [{ ID: orderId, Name: null }] }),
  };
  const note = {
    DocumentType: "Tidepool Report",
    DocumentID: input.documentId,
    ...(input.originalDocumentId !== undefined && { OriginalDocumentID: input.originalDocumentId }),
    DocumentDescription: null,
    ServiceDateTime: null,
    DocumentationDateTime: toWholeSeconds(input.at),
    Status: null,
    Availability: "Available",
    Provider: {
      ID: provider?.ID || "Tidepool",
      IDType: provider?.IDType ?? null,
      FirstName: provider?.FirstName ?? null,
      LastName: provider?.LastName ?? null,
    },
    FileName: "report.pdf",
    FileType: "PDF",
    ...(input.gmi !== undefined && { Components: input.gmi === null ? [] : [componentOf(input.gmi)] }),
  };
  return { rest, note };
}

const componentOf = ({ code, description, value, dateTime }: Observation) => ({
  ID: code,
  Name: description,
  Value: value,
  Comments: `DateTime Observed: ${dateTime}`,
});

/** Whole groups of three bytes: their texts follow each other without padding between. */
const CHUNK_BYTES = 3 * 16_384;

/**
 * The JSON text of a note as UTF-8. A file of several megabytes is encoded into the one buffer of the result, chunk by
 * chunk.
 */
export function noteBody(
  input: NotesInput & { readonly content: { readonly file: Uint8Array } | { readonly uri: string } },
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const { content } = input;
  if ("uri" in content) return new Uint8Array(encoder.encode(JSON.stringify(notesMessage({ ...input, content }))));
  const { rest, note } = noteParts(input);
  const opened = (object: object) => JSON.stringify(object).slice(0, -1);
  // The contents of the file come last.
  const head = encoder.encode(
    `${opened(rest)},"Note":${opened({ ...note, ContentType: contentOf({ base64: "" }).ContentType })},"FileContents":"`,
  );
  const tail = encoder.encode('"}}');
  const { file } = content;
  const body = new Uint8Array(head.length + Math.ceil(file.length / 3) * 4 + tail.length);
  body.set(head);
  let at = head.length;
  for (let from = 0; from < file.length; from += CHUNK_BYTES) {
    at += encoder.encodeInto(base64Of(file.subarray(from, from + CHUNK_BYTES)), body.subarray(at)).written;
  }
  body.set(tail, at);
  return body;
}

/** Not in TypeScript's library yet. */
const base64Of = (bytes: Uint8Array): string => (bytes as Uint8Array & { toBase64: () => string }).toBase64();

interface Outcome {
  readonly code: string;
  readonly description: string;
}

const OUTCOMES: Readonly<Record<ResultsKind, { readonly outcome: Outcome; readonly message: Outcome }>> = {
  matching: {
    outcome: { code: "MATCHING_RESULT", description: "Indicates whether the order was successfully matched" },
    message: {
      code: "MATCHING_RESULT_MESSAGE",
      description: "Message indicating the result of the matching process",
    },
  },
  account: {
    outcome: {
      code: "ACCOUNT_CREATION_RESULT",
      description: "Indicates whether the account was successfully created",
    },
    message: {
      code: "ACCOUNT_CREATION_RESULT_MESSAGE",
      description: "Message indicating the result of the account creation",
    },
  },
};

/** What has become of an order. */
export function resultsMessage(input: ResultsInput) {
  const copied = copiedOrder(input.order);
  const { visit, procedure, provider, orderId } = copied;
  const at = toWholeSeconds(input.at);
  const { outcome, message } = OUTCOMES[input.kind];
  const result = ({ code, description }: Outcome, value: string) => ({
    Code: code,
    Codeset: null,
    Description: description,
    RelatedGroupID: null,
    Value: value,
    ValueType: "String",
    CompletionDateTime: at,
    FileType: null,
    Units: null,
    AbnormalFlag: null,
    Status: "Final",
  });
  return {
    Meta: metaOf("Results", "New", input, copied.isTest),
    Patient: copied.patient,
    ...(visit && { Visit: { VisitDateTime: null, PatientClass: null, ...visit } }),
    Orders: [
      {
        // Redox requires a text: empty when the order has no id.
        ID: orderId ?? "",
        ApplicationOrderID: null,
        TransactionDateTime: null,
        CollectionDateTime: null,
        CompletionDateTime: at,
        ResultsStatus: "Final",
        ...(procedure && { Procedure: procedure }),
        ...(provider && { Provider: provider }),
        Status: "Resulted",
        ResponseFlag: null,
        Priority: null,
        Results: [result(outcome, input.isSuccess ? "SUCCESS" : "FAILURE"), result(message, input.message)],
      },
    ],
  };
}
