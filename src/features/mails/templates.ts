import type { MailSettings } from "../../platform/core/settings.ts";
import type { MailKind } from "../../platform/outbox/store.ts";
import { type Content, layOut, oneLine } from "../../platform/mail/layout.ts";

interface Given {
  /** A variable in one line; the other text where it is missing or empty. */
  readonly value: (name: string, otherwise: string) => string;
  readonly productName: string;
  readonly webAppUrl: string;
}

const signIn = ({ webAppUrl }: Given) => ({ label: "Sign in", url: `${webAppUrl}/login` });
const sourceName = ({ value }: Given) => value("SourceClinicName", "a clinic");
const targetName = ({ value }: Given) => value("TargetClinicName", "another clinic");
const takeOver = ({ webAppUrl, value }: Given) => ({
  label: "Take over the account",
  url: `${webAppUrl}/login?signupKey=${encodeURIComponent(value("Key", ""))}`,
});
const connect = ({ webAppUrl, value }: Given, provider: string, name: string) => ({
  label: `Connect ${name}`,
  url: `${webAppUrl}/v1/oauth/${provider}?restricted_token=${encodeURIComponent(value("Token", ""))}`,
});
const clinicName = ({ value }: Given) => value("ClinicName", "your clinic");

/** A path of the web application, each part encoded. */
const webPath = (path: string): string => path.split("/").filter(Boolean).map(encodeURIComponent).join("/");

type Template = (given: Given) => Content;

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

const TEMPLATES: Readonly<Record<MailKind, Template>> = {
  clinic_created: (given) => ({
    subject: `New ${given.productName} Clinic account created`,
    heading: "Your clinic is ready",
    paragraphs: [
      `The clinic ${clinicName(given)} now has an account with ${given.productName}, and you are its administrator.`,
      "Sign in to add patients and to invite the rest of your team.",
    ],
    action: signIn(given),
  }),
  clinician_permissions_updated: (given) => ({
    subject: `Your ${given.productName} Clinician permissions have been updated`,
    heading: "Your permissions have changed",
    paragraphs: [
      `${given.value("ClinicianName", "Clinic administrator")} has changed what you may do in ${clinicName(given)}.`,
      "Sign in to see your clinic as it is now.",
    ],
    action: signIn(given),
  }),
  clinician_invitation: (given) => ({
    subject: `Invitation to join ${clinicName(given)}`,
    heading: `You are invited to ${clinicName(given)}`,
    paragraphs: [
      `${given.value("CreatorName", "A clinic administrator")} invites you to work in ${clinicName(given)} with ${given.productName}.`,
      "Open the invitation to accept it. If you did not expect it, you can ignore this mail.",
    ],
    action: {
      label: "Open the invitation",
      url: `${given.webAppUrl}/${webPath(given.value("WebPath", "login"))}?inviteEmail=${encodeURIComponent(given.value("Email", ""))}`,
    },
  }),
  patient_clinic_invitation: (given) => ({
    subject: `New ${given.productName} share invitation received`,
    heading: "Somebody wants to share data with your clinic",
    paragraphs: [
      `${given.value("CareteamName", "A patient")} would like to share diabetes data with ${clinicName(given)}.`,
      "Sign in to accept or decline.",
    ],
    action: signIn(given),
  }),
  migrate_patient: (given) => ({
    subject: `Important: Updates to ${clinicName(given)} access and data sharing`,
    heading: "Your data is now shared with the clinic",
    paragraphs: [
      `${given.value("LegacyClinicianName", "Your care team")} now works with ${given.productName} as ${clinicName(given)}. What you shared before is shared with the clinic, in the same way; there is nothing you need to do.`,
      "You can see whom you share data with, and change it, at any time.",
    ],
    action: { label: `Open ${given.productName}`, url: given.webAppUrl },
  }),
  account_claim: (given) => ({
    subject: `${clinicName(given)} has created an account for you with ${given.productName}`,
    heading: "An account is waiting for you",
    paragraphs: [
      `${clinicName(given)} has created a ${given.productName} account in your name and looks after it for you.`,
      "Take it over to see what is in it, to add to it, and to decide who may see it. Your clinic keeps the access it has until you change that.",
    ],
    action: takeOver(given),
  }),
  account_claim_reminder: (given) => ({
    subject: `Your ${given.productName} account is still waiting`,
    heading: "Your account is still waiting for you",
    paragraphs: [
      `A week ago ${clinicName(given)} created a ${given.productName} account in your name. Nobody has taken it over yet.`,
      "If you do not want it, you can ignore this mail: there will be no further one.",
    ],
    action: takeOver(given),
  }),
  clinic_merged_patient_notification: (given) => ({
    subject: "Update to a clinic you share data with",
    heading: "Your clinic is now part of another one",
    paragraphs: [
      `${sourceName(given)} has become part of ${targetName(given)}. What you shared with the one is now shared with the other, in the same way; there is nothing you need to do.`,
      "You can see whom you share data with, and change it, at any time.",
    ],
    action: { label: `Open ${given.productName}`, url: given.webAppUrl },
  }),
  clinic_merged_source_clinician_notification: (given) => ({
    subject: `Your clinic ${sourceName(given)} merged with ${targetName(given)}`,
    heading: "Your clinic has merged with another one",
    paragraphs: [
      `${sourceName(given)} has become part of ${targetName(given)}, with its patients, tags and sites.`,
      "You find them in your workspace the next time you sign in.",
    ],
    action: signIn(given),
  }),
  clinic_merged_target_admin_notification: (given) => ({
    subject: `${sourceName(given)} merged with your clinic ${targetName(given)}`,
    heading: "Another clinic has joined yours",
    paragraphs: [
      `${sourceName(given)} has become part of ${targetName(given)}: its members and patients are now yours, and so are its tags and sites.`,
      "Sign in to see them.",
    ],
    action: signIn(given),
  }),
  patient_upload_reminder: (given) => ({
    subject: `A reminder from ${clinicName(given)}`,
    heading: "Your clinic would like to see your latest data",
    paragraphs: [
      `${clinicName(given)} asks you to upload the data of your devices to ${given.productName}.`,
      "Sign in to see when you last did, and to upload.",
    ],
    action: signIn(given),
  }),
  request_dexcom_connect: connection("dexcom", "Dexcom", CONNECT),
  request_dexcom_connect_custodial: connection("dexcom", "Dexcom", CONNECT_CUSTODIAL),
  request_dexcom_reconnect: connection("dexcom", "Dexcom", RECONNECT),
  request_twiist_connect: connection("twiist", "twiist", CONNECT),
  request_twiist_connect_custodial: connection("twiist", "twiist", CONNECT_CUSTODIAL),
  request_twiist_reconnect: connection("twiist", "twiist", RECONNECT),
  request_abbott_connect: connection("abbott", "Abbott", CONNECT),
  request_abbott_connect_custodial: connection("abbott", "Abbott", CONNECT_CUSTODIAL),
  request_abbott_reconnect: connection("abbott", "Abbott", RECONNECT),
  clinic_migration_complete: (given) => ({
    subject: `New ${given.productName} Clinic account created`,
    heading: "Your patients have moved to your clinic",
    paragraphs: [
      `The clinic ${clinicName(given)} is set up, and the patients who shared data with you are in it.`,
      "Sign in to see them and to invite the rest of your team.",
    ],
    action: signIn(given),
  }),
};

export const MAIL_KINDS = Object.keys(TEMPLATES) as readonly MailKind[];

/** The mail of a kind with its variables. Whatever they hold is text, in the subject and in both parts. */
export function renderMail(kind: MailKind, variables: Readonly<Record<string, unknown>>, settings: MailSettings) {
  const value = (name: string, otherwise: string): string => {
    const given = variables[name];
    return (typeof given === "string" && oneLine(given)) || otherwise;
  };
  const { productName, webAppUrl } = settings;
  return layOut(TEMPLATES[kind]({ value, productName, webAppUrl }), settings);
}
