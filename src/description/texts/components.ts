import type { Text } from "./text.ts";

const about =
  "Needed: deployment (the clinic's sourceId), patientIdentity.ids with an id of the clinic's mrnIdType, " +
  "datasets.demographicsV1 with name and birthDate. At most 1 MiB and 32 levels; other fields are ignored.";

const patientIdentity = { ids: [{ id: "77", type: "MRN", origin: "epic" }] };
const demographicsV1 = {
  name: { given: ["Ana"], family: ["Gil"] },
  birthDate: "1990-02-03",
  telecom: [{ system: "email", value: "ana@example.org" }],
};
const subject = {
  deployment: "demo-health",
  programId: "glucose-reports",
  patientIdentity,
  datasets: { demographicsV1 },
};

const ehrUserV1 = { userId: "clinician-1" };

/** What is said of a whole component, which the routes have no properties of. */
export const COMPONENTS: Readonly<Record<string, Partial<Text>>> = {
  "mergeClinic.v1": { example: { sourceId: "5f00000000000000000000a1" } },
  "generateMergeReport.v1": { example: { sourceId: "5f00000000000000000000a1" } },
  "mergePlan.v1": { description: "Internal: its fields may change. The merge is allowed when Blocking is empty." },
  "inviteClinician.v1": { example: { email: "bo@lakeside.example", roles: ["CLINIC_MEMBER"] } },
  "patientInvitationInput.v1": {
    example: { shareCode: "ABCD-EFGH-JKLM", permissions: { view: {}, upload: {}, note: {} } },
  },
  "offeredPermissions.v1": {
    description: "A permission is offered when its key is present, whatever its value. Custody can't be offered.",
  },
  xealthPreorderForm: {
    description: "A form of react-jsonschema-form, or the empty object: nothing more to ask, the order may be placed.",
  },
  xealthPreorder: {
    description: `eventType is preorder, eventContext initial or subsequent; subsequent has formData with dataTrackingId and userInput. ${about}`,
    example: { eventType: "preorder", eventContext: "initial", ...subject },
  },
  xealthNotification: {
    description:
      "An event of an order: eventType order, eventContext new or cancel, eventId, eventTimeStamp, orderId, deployment and " +
      "programId. The order is read back from Xealth. At most 1 MiB and 32 levels.",
    example: {
      eventId: "e1",
      eventType: "order",
      eventContext: "new",
      eventTimeStamp: "2026-03-01T09:30:00Z",
      orderId: "o1",
      deployment: "demo-health",
      programId: "glucose-reports",
      partnerId: "clinics",
      patientIdentity,
    },
  },
  xealthGetPrograms: {
    description: `datasets.ehrUserV1.userId says who looks. ${about}`,
    example: { eventType: "getPrograms", eventContext: "initial", ...subject, datasets: { demographicsV1, ehrUserV1 } },
  },
  xealthGetProgramUrl: {
    description: `programId is that of the order. ${about}`,
    example: {
      eventType: "getProgramUrl",
      eventContext: "initial",
      ...subject,
      datasets: { demographicsV1, ehrUserV1 },
    },
  },
  redoxMessage: {
    description:
      "A message in Redox's data model; Meta.DataModel and Meta.EventType are needed. At most 1 MiB and 32 levels. What an " +
      "order needs besides: Meta.Source.ID and an identifier's IDType as in the clinic's EHR settings, a procedure code of " +
      "these. Meta.Logs[0].ID is the same for every delivery of one message. The example is one for the demo data of a local " +
      "server.",
    example: {
      Meta: {
        DataModel: "Order",
        EventType: "New",
        EventDateTime: "2026-11-20T09:30:00Z",
        Source: { ID: "demo-ehr", Name: "Demo EHR" },
        Logs: [{ ID: "7d2f5b52-0c7e-4b0e-9d0e-5a3c1f6b8e21" }],
      },
      Patient: {
        Identifiers: [{ ID: "HE-1005", IDType: "MRN" }],
        Demographics: { FirstName: "Łucja", LastName: "Nowak", DOB: "1976-03-30" },
      },
      Order: { ID: "order-1", Procedure: { Code: "GLUCOSE-ON", Description: "Enable reports" } },
    },
  },
};
