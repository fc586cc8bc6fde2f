import { type Given, signIn, type Template } from "../../../platform/mail/template.ts";
import { outboxKind } from "../../../platform/outbox/kinds.ts";
import { clinicName } from "../../clinics/model/mails.ts";
import type { Provider } from "../model/record.ts";

export const PATIENT_UPLOAD_REMINDER = outboxKind("patient_upload_reminder");
export const CONNECTION_REQUEST = outboxKind("connection_request");
export const CONNECTION_REQUEST_REMINDER = outboxKind("connection_request_reminder");

export const patientUploadReminder: Template = (given) => ({
  subject: `A reminder from ${clinicName(given)}`,
  heading: "Your clinic would like to see your latest data",
  paragraphs: [
    `${clinicName(given)} asks you to upload the data of your devices to ${given.productName}.`,
    "Sign in to see when you last did, and to upload.",
  ],
  action: signIn(given),
});

const connect = ({ webAppUrl, value }: Given, provider: string, name: string) => ({
  label: `Connect ${name}`,
  url: `${webAppUrl}/v1/oauth/${provider}?restricted_token=${encodeURIComponent(value("Token", ""))}`,
});

const LINK_IS_YOURS =
  "The link is meant for you alone and works for 30 days. If you did not expect this mail, you can ignore it.";

interface Asking {
  readonly subject: string;
  readonly heading: string;
  readonly why: string;
}
/** What a clinic says when it asks its patient to connect an account of theirs with us. */
type Request = (clinic: string, account: string, product: string) => Asking;

/** Subjects name no device: they are read over shoulders. */
const CONNECT: Request = (clinic, account, product) => ({
  subject: `${clinic} asks you to connect an account`,
  heading: "Share your device data with your clinic",
  why: `${clinic} asks you to connect your ${account} account with ${product}, so that your clinic sees your data without your having to upload it.`,
});
const CONNECT_CUSTODIAL: Request = (clinic, account, product) => ({
  ...CONNECT(clinic, account, product),
  why: `${clinic} looks after a ${product} account in your name. It asks you to connect your ${account} account with it, so that your clinic sees your data without your having to upload it.`,
});
const RECONNECT: Request = (clinic, account, product) => ({
  subject: `${clinic} asks you to connect an account again`,
  heading: "Your clinic no longer gets your device data",
  why: `The connection of your ${account} account with ${product} has to be renewed before ${clinic} sees your latest data again.`,
});

const connection =
  (provider: string, account: string, request: Request): Template =>
  (given) => {
    const { subject, heading, why } = request(clinicName(given), account, given.productName);
    return { subject, heading, paragraphs: [why, LINK_IS_YOURS], action: connect(given, provider, account) };
  };

/** What a clinic asks for: a connection of the patient's own account, of one it keeps, or one that has to be renewed. */
export type Asked = "connect" | "connect_custodial" | "reconnect";

const asking = (provider: Provider, account: string): Readonly<Record<Asked, Template>> => ({
  connect: connection(provider, account, CONNECT),
  connect_custodial: connection(provider, account, CONNECT_CUSTODIAL),
  reconnect: connection(provider, account, RECONNECT),
});

/** The mail that asks a patient to connect an account, by its provider. */
export const CONNECTION_REQUESTS: Readonly<Record<Provider, Readonly<Record<Asked, Template>>>> = {
  dexcom: asking("dexcom", "Dexcom"),
  twiist: asking("twiist", "twiist"),
  abbott: asking("abbott", "Abbott"),
};
