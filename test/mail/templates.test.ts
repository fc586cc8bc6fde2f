import { describe, expect, test } from "vitest";
import type { MailSettings } from "../../src/platform/core/settings.ts";
import { accountClaim, accountClaimReminder } from "../../src/features/accounts/mails.ts";
import { clinicianPermissionsUpdated } from "../../src/features/clinicians/model/mails.ts";
import { clinicCreated } from "../../src/features/clinics/model/mails.ts";
import { clinicianInvitation } from "../../src/features/invites/model/mails.ts";
import { clinicMigrationComplete, migratePatient } from "../../src/features/legacy-migrations/model/mails.ts";
import {
  patientNotification,
  sourceClinicianNotification,
  targetAdminNotification,
} from "../../src/features/merges/model/mails.ts";
import { patientClinicInvitation } from "../../src/features/patient-invites/model/mails.ts";
import { CONNECTION_REQUESTS, patientUploadReminder } from "../../src/features/patients/connections/mails.ts";
import { renderMail as render, type Template } from "../../src/platform/mail/template.ts";

const SETTINGS: MailSettings = {
  from: "noreply@own.test",
  webAppUrl: "https://app.own.test",
  productName: "Own & Sons",
  support: { url: undefined, email: "help@own.test" },
};
const PERSON = `Zoë "Z" O'Leary & <img src=x onerror=alert(1)>`;
const CLINIC = "Harbor <b>Endocrine</b>";
const VARIABLES = {
  ClinicName: CLINIC,
  ClinicianName: PERSON,
  CreatorName: PERSON,
  CareteamName: PERSON,
  LegacyClinicianName: PERSON,
  Email: "zoë+new&x=1@own.test",
  WebPath: "signup/clinician",
  Key: "k-_/?&1",
  SourceClinicName: "North <i>Clinic</i>",
  TargetClinicName: CLINIC,
  Token: "t-_/?&1",
};

const connection = (provider: string, subject: string) => ({
  subject: `${CLINIC} ${subject}`,
  url: `https://app.own.test/v1/oauth/${provider}?restricted_token=t-_%2F%3F%261`,
  names: [CLINIC],
});
const CONNECT = "asks you to connect an account";
const RECONNECT = "asks you to connect an account again";

/** What each kind says, where it leads, and whom it names. */
const EXPECTED: Record<string, { subject: string; url: string; names: readonly string[] }> = {
  clinic_created: {
    subject: "New Own & Sons Clinic account created",
    url: "https://app.own.test/login",
    names: [CLINIC],
  },
  clinician_permissions_updated: {
    subject: "Your Own & Sons Clinician permissions have been updated",
    url: "https://app.own.test/login",
    names: [CLINIC, PERSON],
  },
  clinician_invitation: {
    subject: `Invitation to join ${CLINIC}`,
    url: "https://app.own.test/signup/clinician?inviteEmail=zo%C3%AB%2Bnew%26x%3D1%40own.test",
    names: [CLINIC, PERSON],
  },
  patient_clinic_invitation: {
    subject: "New Own & Sons share invitation received",
    url: "https://app.own.test/login",
    names: [CLINIC, PERSON],
  },
  migrate_patient: {
    subject: `Important: Updates to ${CLINIC} access and data sharing`,
    url: "https://app.own.test",
    names: [CLINIC, PERSON],
  },
  patient_upload_reminder: {
    subject: `A reminder from ${CLINIC}`,
    url: "https://app.own.test/login",
    names: [CLINIC],
  },
  request_dexcom_connect: connection("dexcom", CONNECT),
  request_dexcom_connect_custodial: connection("dexcom", CONNECT),
  request_dexcom_reconnect: connection("dexcom", RECONNECT),
  request_twiist_connect: connection("twiist", CONNECT),
  request_twiist_connect_custodial: connection("twiist", CONNECT),
  request_twiist_reconnect: connection("twiist", RECONNECT),
  request_abbott_connect: connection("abbott", CONNECT),
  request_abbott_connect_custodial: connection("abbott", CONNECT),
  request_abbott_reconnect: connection("abbott", RECONNECT),
  account_claim: {
    subject: `${CLINIC} has created an account for you with Own & Sons`,
    url: "https://app.own.test/login?signupKey=k-_%2F%3F%261",
    names: [CLINIC],
  },
  account_claim_reminder: {
    subject: "Your Own & Sons account is still waiting",
    url: "https://app.own.test/login?signupKey=k-_%2F%3F%261",
    names: [CLINIC],
  },
  clinic_merged_patient_notification: {
    subject: "Update to a clinic you share data with",
    url: "https://app.own.test",
    names: [CLINIC, "North <i>Clinic</i>"],
  },
  clinic_merged_source_clinician_notification: {
    subject: `Your clinic North <i>Clinic</i> merged with ${CLINIC}`,
    url: "https://app.own.test/login",
    names: [CLINIC, "North <i>Clinic</i>"],
  },
  clinic_merged_target_admin_notification: {
    subject: `North <i>Clinic</i> merged with your clinic ${CLINIC}`,
    url: "https://app.own.test/login",
    names: [CLINIC, "North <i>Clinic</i>"],
  },
  clinic_migration_complete: {
    subject: "New Own & Sons Clinic account created",
    url: "https://app.own.test/login",
    names: [CLINIC],
  },
};

const TEMPLATES: Record<string, Template> = {
  clinic_created: clinicCreated,
  clinician_permissions_updated: clinicianPermissionsUpdated,
  clinician_invitation: clinicianInvitation,
  patient_clinic_invitation: patientClinicInvitation,
  migrate_patient: migratePatient,
  patient_upload_reminder: patientUploadReminder,
  ...Object.fromEntries(
    Object.entries(CONNECTION_REQUESTS).flatMap(([provider, asked]) =>
      Object.entries(asked).map(([what, template]) => [`request_${provider}_${what}`, template]),
    ),
  ),
  account_claim: accountClaim,
  account_claim_reminder: accountClaimReminder,
  clinic_merged_patient_notification: patientNotification,
  clinic_merged_source_clinician_notification: sourceClinicianNotification,
  clinic_merged_target_admin_notification: targetAdminNotification,
  clinic_migration_complete: clinicMigrationComplete,
};
const MAIL_KINDS = Object.keys(EXPECTED);
const renderMail = (kind: string, variables: Readonly<Record<string, unknown>>, settings: MailSettings) =>
  render(TEMPLATES[kind]!, variables, settings);

/** What the slices export beside their kinds: functions that make a mail, and such functions by name. */
const exported = Object.values(
  import.meta.glob<Record<string, unknown>>(["../../src/features/**/mails.ts"], { eager: true }),
).flatMap((module) => Object.values(module));
const templatesIn = (value: unknown): Template[] => {
  if (typeof value === "function") {
    const made: unknown = (value as Template)({
      value: (_, otherwise) => otherwise,
      name: (_, otherwise) => otherwise,
      productName: "",
      webAppUrl: "",
    });
    return typeof made === "object" ? [value as Template] : [];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(templatesIn) : [];
};

const unescaped = (html: string): string =>
  html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
const hrefs = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => unescaped(url!));

describe("every mail", () => {
  test("has a template, and every template is a mail", () => {
    expect(Object.keys(TEMPLATES).toSorted()).toEqual(MAIL_KINDS.toSorted());
    expect(new Set(exported.flatMap(templatesIn))).toEqual(new Set(Object.values(TEMPLATES)));
  });

  test.each(MAIL_KINDS)("%s has its subject, its link, and names as text in both parts", (kind) => {
    const { subject, url, names } = EXPECTED[kind]!;
    const mail = renderMail(kind, VARIABLES, SETTINGS);
    expect(mail.subject).toBe(subject);
    expect(hrefs(mail.html)).toEqual([url, url, "mailto:help@own.test"]);
    expect(mail.text).toContain(`\n${url}\n`);
    for (const name of [...names, "Own & Sons"]) {
      expect(mail.text).toContain(name);
      expect(mail.html).not.toContain(name);
      expect(unescaped(mail.html)).toContain(name);
    }
  });

  test.each(MAIL_KINDS)("%s says its language, and loads and runs nothing", (kind) => {
    const { html } = renderMail(kind, VARIABLES, SETTINGS);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toMatch(/<title>[^<]+<\/title>/);
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect(html).not.toMatch(/<(?:img|script|link|iframe|object|form)|url\(/i);
    const tags = [...html.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag!);
    expect([...new Set(tags)].toSorted()).toEqual(["a", "body", "div", "h1", "head", "html", "meta", "p", "title"]);
  });

  test.each(MAIL_KINDS)("%s makes sense without its variables", (kind) => {
    for (const variables of [{}, { ClinicName: "", CreatorName: "  ", Email: null, WebPath: 7 }]) {
      const mail = renderMail(kind, variables, SETTINGS);
      expect(`${mail.subject} ${mail.text} ${mail.html}`).not.toMatch(/undefined|null|NaN|\[object/);
      expect(mail.subject.trim()).not.toBe("");
    }
  });
});

describe("a name", () => {
  const withName = (ClinicName: string) => renderMail("clinician_invitation", { ...VARIABLES, ClinicName }, SETTINGS);

  test.each([
    ["Harbor\u202egnp.exe", "Harborgnp. exe"],
    ["\u2067Harbor\u2069 \u200fEast\u061c", "Harbor East"],
    ["Harbor\r\n\tEast\u0007", "Harbor East"],
    ["Win at https://evil.test/x", "Win at https: //evil. test/x"],
    ["www.evil.test", "www. evil. test"],
    ["ask@evil.test", "ask@ evil. test"],
    ["Dr. Ana, St. Mary's", "Dr. Ana, St. Mary's"],
    ["\u202e\u200b", "your clinic"],
  ])("%j stands in subject and text as %j, and no program sees a link in it", (name, shown) => {
    const { subject, text, html } = withName(name);
    expect(subject).toBe(`Invitation to join ${shown}`);
    expect(text).toContain(`You are invited to ${shown}\n`);
    expect(unescaped(html)).toContain(`You are invited to ${shown}<`);
    for (const part of [subject, text, html])
      expect(part).not.toMatch(/[\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(hrefs(html)).toHaveLength(3);
  });
});

describe("what stands in a header", () => {
  test.each([
    "Harbor\r\nBcc: all@own.test",
    "Harbor\nBcc: all@own.test",
    "Harbor\u2028Bcc: all@own.test",
    "Harbor\u0000\u0085Bcc: all@own.test",
  ])("is one line, whatever a clinic is called: %j", (ClinicName) => {
    const { subject, text } = renderMail("clinician_invitation", { ...VARIABLES, ClinicName }, SETTINGS);
    expect(subject).toBe("Invitation to join Harbor Bcc: all@ own. test");
    expect(text).not.toMatch(/^Bcc:/m);
  });

  test("has an end, between two characters", () => {
    const { subject } = renderMail("clinician_invitation", { ClinicName: "😀".repeat(500) }, SETTINGS);
    expect([...subject]).toHaveLength(200);
    expect(subject.isWellFormed()).toBe(true);
  });
});

describe("a link", () => {
  test.each([
    ["//evil.test/x", "https://app.own.test/evil.test/x?"],
    ["javascript:alert(1)", "https://app.own.test/javascript%3Aalert(1)?"],
    ["login?x=1#y", "https://app.own.test/login%3Fx%3D1%23y?"],
  ])("stays within the web application: %s", (WebPath, start) => {
    const { html } = renderMail("clinician_invitation", { ...VARIABLES, WebPath }, SETTINGS);
    expect(hrefs(html)[0]!.startsWith(start)).toBe(true);
  });
});

describe("support", () => {
  test("is a page before an address, or nothing", () => {
    const withPage = { ...SETTINGS, support: { url: "https://help.own.test/?a=1&b=2", email: "help@own.test" } };
    expect(hrefs(renderMail("clinic_created", VARIABLES, withPage).html)[2]).toBe("https://help.own.test/?a=1&b=2");
    const without = { ...SETTINGS, support: { url: undefined, email: undefined } };
    const mail = renderMail("clinic_created", VARIABLES, without);
    expect(hrefs(mail.html)).toHaveLength(2);
    expect(mail.text).not.toContain("Questions?");
  });
});
