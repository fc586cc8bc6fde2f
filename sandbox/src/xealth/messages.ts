import type { Chart, DemoHospital } from "./charts.ts";

/** What Xealth sends to the service, and what it answers when an order is read. */

const PARTNER = "clinics-edge";

const unlessEmpty = <T>(text: string, value: T): T[] => (text === "" ? [] : [value]);

const identityOf = ({ mrnIdType }: DemoHospital, { mrn }: Chart) => ({
  ids: unlessEmpty(mrn, { id: mrn, type: mrnIdType, origin: "epic" }),
  historicalIds: [],
});

const datasetsOf = ({ firstName, lastName, birthDate, email, ehrUser }: Chart) => ({
  demographicsV1: {
    name: { given: unlessEmpty(firstName, firstName), family: unlessEmpty(lastName, lastName) },
    ...(birthDate !== "" && { birthDate }),
    telecom: unlessEmpty(email, { system: "email", use: "home", value: email }),
  },
  ...(ehrUser !== "" && { ehrUserV1: { userId: ehrUser, systemLogin: ehrUser } }),
});

const common = (hospital: DemoHospital, chart: Chart) => ({
  deployment: hospital.deployment,
  patientIdentity: identityOf(hospital, chart),
  datasets: datasetsOf(chart),
});

/** What a clinician entered into a form, or that they closed it. */
export interface FormAnswer {
  readonly dataTrackingId: string;
  readonly formId: string;
  readonly userInput?: unknown;
  readonly canceled?: boolean | undefined;
}

/** Asks whether the patient may be enrolled; with an answer, whether it was enough. */
export const preorderMessage = (hospital: DemoHospital, chart: Chart, answer: FormAnswer | undefined) => ({
  eventType: "preorder",
  eventContext: answer ? "subsequent" : "initial",
  programId: hospital.programId,
  ...common(hospital, chart),
  ...(answer && { formData: answer }),
});

export const programsMessage = (hospital: DemoHospital, chart: Chart) => ({
  eventType: "getPrograms",
  eventContext: "initial",
  ehrView: "encounter",
  ...common(hospital, chart),
});

export const programUrlMessage = (hospital: DemoHospital, chart: Chart, programId: string) => ({
  ...programsMessage(hospital, chart),
  eventType: "getProgramUrl",
  programId,
});

export type OrderDocument = ReturnType<typeof orderDocument>;

/** An order as Xealth answers it; the id of the form's data is there when there was a form. */
export const orderDocument = (
  hospital: DemoHospital,
  chart: Chart,
  { orderId, dataTrackingId, at }: { orderId: string; dataTrackingId: string | undefined; at: Date },
) => ({
  patientIdentity: identityOf(hospital, chart),
  orderInfo: {
    deployment: hospital.deployment,
    orderId,
    orderSource: "clinician",
    orderState: "new",
    partnerId: PARTNER,
    programId: hospital.programId,
    orderCreationDateTime: at.toISOString(),
    orderUpdateDateTime: at.toISOString(),
  },
  ...(dataTrackingId !== undefined && { preorder: { dataTrackingId } }),
  datasets: datasetsOf(chart),
});

/** Says that an order was placed or cancelled; each call is another event. */
export const notification = (
  { patientIdentity, orderInfo }: OrderDocument,
  eventContext: "new" | "cancel",
  at: Date,
) => ({
  eventId: crypto.randomUUID(),
  eventTimeStamp: at.toISOString(),
  eventType: "order",
  eventContext,
  orderId: orderInfo.orderId,
  deployment: orderInfo.deployment,
  programId: orderInfo.programId,
  partnerId: orderInfo.partnerId,
  patientIdentity,
});
export type Notification = ReturnType<typeof notification>;
