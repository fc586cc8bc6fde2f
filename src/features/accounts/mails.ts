import type { Given, Template } from "../../platform/mail/template.ts";
import { outboxKind } from "../../platform/outbox/kinds.ts";
import { clinicName } from "../clinics/model/mails.ts";

export const ACCOUNT_CLAIM = outboxKind("account_claim");
export const ACCOUNT_CLAIM_REMINDER = outboxKind("account_claim_reminder");

const takeOver = ({ webAppUrl, value }: Given) => ({
  label: "Take over the account",
  url: `${webAppUrl}/login?signupKey=${encodeURIComponent(value("Key", ""))}`,
});

export const accountClaim: Template = (given) => ({
  subject: `${clinicName(given)} has created an account for you with ${given.productName}`,
  heading: "An account is waiting for you",
  paragraphs: [
    `${clinicName(given)} has created a ${given.productName} account in your name and looks after it for you.`,
    "Take it over to see what is in it, to add to it, and to decide who may see it. Your clinic keeps the access it has until you change that.",
  ],
  action: takeOver(given),
});

export const accountClaimReminder: Template = (given) => ({
  subject: `Your ${given.productName} account is still waiting`,
  heading: "Your account is still waiting for you",
  paragraphs: [
    `A week ago ${clinicName(given)} created a ${given.productName} account in your name. Nobody has taken it over yet.`,
    "If you do not want it, you can ignore this mail: there will be no further one.",
  ],
  action: takeOver(given),
});
