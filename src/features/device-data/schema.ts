import { z } from "@hono/zod-openapi";
import { DataSet, datumOr } from "./model/data-schema.ts";

const fault = { code: z.string(), title: z.string(), detail: z.string() };

/** One thing that is wrong; `source` says where in the request. */
export const DataFault = z
  .object({
    ...fault,
    source: z
      .object({ pointer: z.string().optional(), parameter: z.string().optional() })
      .optional()
      .openapi({ description: "A JSON pointer into the body, or the name of a query parameter" }),
    meta: z
      .object({ type: z.string().optional(), subType: z.string().optional(), deliveryType: z.string().optional() })
      .optional()
      .openapi({ description: "Which kind of datum it is about" }),
  })
  .openapi("dataFault.v1", { description: "What is wrong with a request, where it is one thing." });

export const DataFaults = z
  .object({ errors: z.array(DataFault) })
  .openapi("dataFaults.v1", { description: "What is wrong with a request, where it is several things." });

const trace = z.object({ trace: z.object({ request: z.string() }) }).openapi("dataMeta.v1");

export const DataFaultsInEnvelope = z
  .object({ errors: z.array(z.object({ ...fault, status: z.string() })), meta: trace })
  .openapi("dataFaultsInEnvelope.v1", { description: "A refusal of an operation that writes data." });

export const DataFaultWithStatus = z
  .object({
    status: z.int(),
    id: z.string(),
    code: z.string(),
    message: z.string(),
    errors: z.array(DataFault).optional(),
  })
  .openapi("dataFaultWithStatus.v1", { description: "A refusal of the query of data." });

/** An answer in an envelope. */
export const inEnvelopeOf = <S extends z.ZodType>(data: S) => z.object({ data, meta: trace });

const GUID_LENGTH = 36;
/** A data set as one of the data. */
const Upload = (DataSet as unknown as z.ZodObject)
  .omit({ state: true, createdTime: true, modifiedTime: true, createdUserId: true, deletedTime: true })
  .extend({ guid: z.string().length(GUID_LENGTH) })
  .openapi("upload.v1", { description: "A data set, as one of the data." });

/** What a query of data finds. */
export const QueriedDatum = datumOr(Upload).openapi("queriedDatum.v1");

export const NoData = inEnvelopeOf(z.array(z.unknown()).max(0)).openapi("noData.v1");

const ID_LENGTH_MAX = 100;
/** Any text: what is no id of a data set is not found. */
export const DataSetId = z.string().min(1).max(ID_LENGTH_MAX);

export const Kind = z.enum(["cgm", "bgm", "con"]).openapi("summaryKind.v1");

export const USERS_MAX = 1000;
const USERS_DEFAULT = 250;
export const Size = z.coerce.number().int().min(1).max(USERS_MAX).default(USERS_DEFAULT);

/** What a page of data sets has at most. */
export const DATA_SETS_MAX = 1000;

const TEXT_LENGTH_MAX = 1000;
/** Empty is as absent, or wrong: never of use. */
const text = () => z.string().min(1).max(TEXT_LENGTH_MAX).optional();
const boolean = () => z.boolean().optional();
const instant = () => z.string().max(TEXT_LENGTH_MAX).optional().openapi({ format: "date-time" });

const page = {
  deleted: boolean().openapi({ description: "Those that were deleted as well" }),
  page: z.int().min(0).optional(),
  size: z.int().min(1).max(DATA_SETS_MAX).optional(),
};
export const OlderListParameters = z.object(page);
export const ListParameters = z.object({ "client.name": text(), deviceId: text(), ...page });

const DATA_LIMIT_MAX = 10_000;
const CURSOR_LENGTH_MAX = 200;

/** Described here; read by `readDataQuery`. */
export const QueryParameters = z.object({
  type: text().openapi({ description: "Comma-separated; `upload` are the data sets" }),
  subType: text().openapi({ description: "Comma-separated" }),
  startDate: instant().openapi({ description: "Data of this time and later" }),
  endDate: instant().openapi({ description: "Data of this time and earlier" }),
  latest: boolean().openapi({ description: "Only the newest of each type" }),
  uploadId: text(),
  deviceId: text(),
  carelink: boolean().openapi({
    description: "Whether data from CareLink are shown. By default unless an upload of a Medtronic device is complete",
  }),
  limit: z.int().min(1).max(DATA_LIMIT_MAX).optional(),
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_LENGTH_MAX)
    .optional()
    .openapi({ description: "Of an answer before: data after it" }),
  restricted_token: text().openapi({ description: "Instead of a session token: opens this path for one person" }),
});
