import { setTimeout as sleep } from "node:timers/promises";
import { ANA, BAYVIEW, BO, CEDAR, CHLOE, DANA, HARBOR, LAC } from "./demo-clinics.ts";
import { type DemoDevices, uploadDevices } from "./demo-devices.ts";
import type { LocalKeys } from "./local-keys.ts";
import { localVariable } from "./local-state.ts";
import { EVENTS } from "../src/features/event-webhooks/model/events.ts";
import { type Habits, randomOf, syntheticSummary } from "./synthetic.ts";

/** What a start of the server tells about the demo data. */
export interface Demo {
  readonly adminId: string;
  readonly adminName: string;
  readonly clinicId: string;
  readonly clinicName: string;
}

/** No secret: it lets orders of the sandbox, and of whoever has this machine, into a database of invented people. */
export const LOCAL_VERIFICATION_TOKEN = "local-verification-token";
/** No secrets, as above: what Xealth and the service prove themselves with to each other. */
export const LOCAL_XEALTH = {
  bearerToken: "local-xealth-token",
  clientId: "clinics-edge-local",
  clientSecret: "local-xealth-secret",
};

/** The machine account that the sandbox's token endpoint knows. */
export const DEMO_SERVICE_ACCOUNT = {
  clientId: "demo-robot",
  clientSecret: "demo-robot-secret",
  userId: "0b0710b071",
  name: "Demo Robot",
};
const DEMO_PATIENT = {
  email: "jill.jellyfish@demo.example",
  fullName: "Jill Jellyfish",
  glucose: { glucose: 7.6, variation: 0.29, hoursAgo: 4 },
};
const JILL = {
  userId: localVariable("CLINIC_DEMO_PATIENT_USER_ID"),
  email: DEMO_PATIENT.email,
  name: DEMO_PATIENT.fullName,
  is: "patient of every clinic",
};
/** Those who can sign in to the demo data. */
export const DEMO_PEOPLE = [ANA, BO, CHLOE, DANA, JILL];
const SERVICE = "demo-data";

/** The EHR of the first demo clinic, as the sandbox plays it. */
export const DEMO_EHR = {
  sourceId: "demo-ehr",
  sourceName: "Demo EHR",
  clinicName: HARBOR.name,
  mrnIdType: "MRN",
  tagCode: "TAGS",
  procedureCodes: {
    enableSummaryReports: "GLUCOSE-ON",
    disableSummaryReports: "GLUCOSE-OFF",
    createAccount: "ACCOUNT-NEW",
    createAccountAndEnableReports: "ACCOUNT-NEW-GLUCOSE-ON",
  },
  /** Whom an order is about unless another is named: a patient with sensor data whose only tag is this one. */
  patient: {
    firstName: "Łucja",
    lastName: "Nowak",
    birthDate: "1976-03-30",
    mrn: "HE-1005",
    email: "lucja.nowak@mail.example",
    tag: "Remote monitoring",
  },
};
const EHR_SETTINGS = {
  enabled: true,
  provider: "redox",
  sourceId: DEMO_EHR.sourceId,
  destinationIds: { flowsheet: "demo-ehr-flowsheet", notes: "demo-ehr-notes", results: "demo-ehr-results" },
  procedureCodes: DEMO_EHR.procedureCodes,
  mrnIdType: DEMO_EHR.mrnIdType,
  scheduledReports: { cadence: "14d", onUploadEnabled: true, onUploadNoteEventType: "Replace" },
  tags: { codes: [DEMO_EHR.tagCode] },
  flowsheets: { icode: false },
  notes: { includeGMI: true },
};

/** The hospital of the third demo clinic, as the sandbox plays it. */
export const DEMO_HOSPITAL = {
  deployment: "demo-health",
  programId: "glucose-reports",
  clinicName: CEDAR.name,
  mrnIdType: "MRN",
  /** Whose chart is open unless another is: a patient with sensor data, whom nobody has enrolled. */
  patient: {
    firstName: "Amara",
    lastName: "Okafor",
    birthDate: "1987-09-08",
    mrn: "CV-2001",
    email: "amara.okafor@mail.example",
    ehrUser: "dr.reyes",
  },
};
const HOSPITAL_SETTINGS = {
  enabled: true,
  provider: "xealth",
  sourceId: DEMO_HOSPITAL.deployment,
  procedureCodes: { createAccountAndEnableReports: DEMO_HOSPITAL.programId },
  mrnIdType: DEMO_HOSPITAL.mrnIdType,
  scheduledReports: { cadence: "DISABLED", onUploadEnabled: false },
  tags: {},
  flowsheets: { icode: false },
};

const HOUR_MS = 3_600_000;

/** An account is stored after the response that its token came with. */
const ACCOUNT_IS_STORED_MS = 500;

const CEDAR_TAGS = ["Insulin pump", "School plan", "Sensor start"];
/** The tag of all whose sensors send data: a TIDE report of it shows every category. */
const MONITORED = "Remote monitoring";
const TAGS = ["Pump users", "New onset", "Pregnancy", MONITORED];
const SITES = ["Main Street", "Bayside"];

interface DemoPatient {
  readonly fullName: string;
  readonly birthDate: string;
  readonly mrn?: string;
  readonly email?: string;
  readonly diagnosisType?: string;
  readonly targetDevices?: readonly string[];
  /** By name: their ids are known once they exist. */
  readonly tags?: readonly string[];
  readonly sites?: readonly string[];
  /** The summaries come ready made from these numbers, or from what the devices upload. */
  readonly glucose?: Glucose;
  readonly devices?: DemoDevices;
}

/** What a sensor, or a meter alone, says of a patient; what is not given is that of many. */
type Glucose = Partial<Omit<Habits, "lastDataAt">> & {
  /** In mmol/L. */
  readonly glucose: number;
  readonly hoursAgo: number;
  readonly device?: "meter";
};

interface Measured extends Pick<DemoPatient, "fullName" | "glucose" | "devices"> {
  readonly userId: string;
  /** Somebody of the clinic. */
  readonly clinician: string;
}

/** Clocks of devices without summer time. */
const PACIFIC = { timezoneOffset: -480 };

const HARBOR_PATIENTS: readonly DemoPatient[] = [
  {
    fullName: "Zoë Ångström",
    birthDate: "1994-05-17",
    mrn: "HE-1001",
    email: "zoe.angstrom@mail.example",
    diagnosisType: "type1",
    targetDevices: ["dexcom"],
    tags: ["Pump users", MONITORED],
    sites: ["Main Street"],
    glucose: { glucose: 7.2, variation: 0.42, hoursAgo: 0.3 },
  },
  {
    fullName: "Marcus O’Leary",
    birthDate: "1968-11-02",
    mrn: "HE-1002",
    email: "marcus.oleary@mail.example",
    diagnosisType: "type2",
    sites: ["Main Street"],
    tags: [MONITORED],
    glucose: { glucose: 6.5, variation: 0.33, hoursAgo: 2 },
  },
  {
    fullName: "Renée Dubois",
    birthDate: "1989-01-29",
    mrn: "HE-1003",
    email: "renee.dubois@mail.example",
    diagnosisType: "type1",
    tags: ["Pregnancy", "Pump users", MONITORED],
    sites: ["Bayside"],
    glucose: { glucose: 6.9, variation: 0.24, hoursAgo: 0.5 },
  },
  {
    fullName: "Kwame Mensah",
    birthDate: "2011-08-14",
    mrn: "HE-1004",
    diagnosisType: "type1",
    tags: ["New onset", MONITORED],
    sites: ["Bayside"],
    glucose: { glucose: 12.4, variation: 0.37, hoursAgo: 1 },
  },
  {
    fullName: "Łucja Nowak",
    birthDate: "1976-03-30",
    mrn: "HE-1005",
    email: "lucja.nowak@mail.example",
    diagnosisType: "lada",
    sites: ["Main Street", "Bayside"],
    tags: [MONITORED],
    glucose: { glucose: 9.6, variation: 0.29, hoursAgo: 5 },
  },
  {
    fullName: "Hiroshi Tanaka",
    birthDate: "1955-12-24",
    mrn: "HE-1006",
    diagnosisType: "type2",
    glucose: { glucose: 8.4, hoursAgo: 9, device: "meter", fingersticksPerDay: 3 },
  },
  {
    fullName: "María José Peña",
    birthDate: "1998-07-07",
    mrn: "HE-1007",
    email: "mj.pena@mail.example",
    diagnosisType: "gestational",
    tags: ["Pregnancy", MONITORED],
    sites: ["Main Street"],
    glucose: { glucose: 9, variation: 0.22, hoursAgo: 0.2 },
  },
  {
    fullName: "Oluwaseun Adeyemi",
    birthDate: "2003-02-11",
    mrn: "HE-1008",
    email: "seun.adeyemi@mail.example",
    diagnosisType: "type1",
    tags: ["Pump users", "New onset", MONITORED],
    sites: ["Bayside"],
    glucose: { glucose: 8.8, variation: 0.2, improvement: -4, hoursAgo: 3 },
  },
  {
    fullName: "Ingrid Sørensen",
    birthDate: "1982-09-19",
    email: "ingrid.sorensen@mail.example",
    sites: ["Main Street"],
    tags: [MONITORED],
    glucose: { glucose: 7.4, variation: 0.28, wear: 0.52, hoursAgo: 30 },
  },
  {
    fullName: "Priya Raghunathan",
    birthDate: "1991-04-04",
    mrn: "HE-1010",
    email: "priya.r@mail.example",
    diagnosisType: "mody",
    tags: [MONITORED],
    glucose: { glucose: 7.1, variation: 0.26, hoursAgo: 0.7 },
  },
  {
    fullName: "Tomás Ó Súilleabháin",
    birthDate: "2016-10-31",
    mrn: "HE-1011",
    diagnosisType: "type1",
    tags: ["New onset", MONITORED],
    glucose: { glucose: 10.8, variation: 0.3, hoursAgo: 0.4, daysOfHistory: 45 },
  },
  {
    fullName: "Grace Whitfield",
    birthDate: "1947-06-22",
    mrn: "HE-1012",
    email: "grace.whitfield@mail.example",
    diagnosisType: "type3c",
    sites: ["Main Street"],
    tags: [MONITORED],
    glucose: { glucose: 8.8, hoursAgo: 20 * 24 },
  },
  {
    fullName: "Noor van Dijk",
    birthDate: "1993-03-12",
    mrn: "HE-1013",
    email: "noor.vandijk@mail.example",
    diagnosisType: "type1",
    tags: ["Pump users", MONITORED],
    sites: ["Bayside"],
    devices: {
      ...PACIFIC,
      averageGlucose: 152,
      swing: 1,
      wear: 0.94,
      days: 45,
      hoursAgo: 2,
      sets: [{ type: "normal", of: ["pump", "cgm", "meter"] }],
    },
  },
  {
    fullName: "Samuel Okonkwo",
    birthDate: "1979-10-05",
    mrn: "HE-1014",
    diagnosisType: "type2",
    tags: [MONITORED],
    sites: ["Main Street"],
    devices: {
      ...PACIFIC,
      averageGlucose: 184,
      swing: 1.15,
      wear: 0.88,
      days: 32,
      hoursAgo: 0,
      sets: [{ type: "continuous", of: ["cgm"] }],
    },
  },
  // Two of them once more: spelled without the keyboard for it, and with names swapped and the birth date mistyped.
  {
    fullName: "Ingrid Sorensen",
    birthDate: "1982-09-19",
    mrn: "HE-1009",
    email: "i.sorensen@mail.example",
    diagnosisType: "type1",
    tags: ["Pump users"],
    sites: ["Bayside"],
  },
  { fullName: "Tanaka Hiroshi", birthDate: "1955-12-25", mrn: "HE-1006", diagnosisType: "type2", sites: ["Bayside"] },
];

const LAC_PATIENTS: readonly DemoPatient[] = [
  {
    fullName: "Élodie Favre",
    birthDate: "1985-02-03",
    mrn: "CL-01",
    email: "elodie.favre@mail.example",
    diagnosisType: "type1",
    glucose: { glucose: 7.3, variation: 0.27, hoursAgo: 0.6 },
  },
  {
    fullName: "Jürg Bühler",
    birthDate: "1971-07-16",
    mrn: "CL-02",
    diagnosisType: "type2",
    glucose: { glucose: 9.4, hoursAgo: 12, device: "meter", fingersticksPerDay: 4 },
  },
  {
    fullName: "Nadia Benali",
    birthDate: "2009-12-01",
    mrn: "CL-03",
    diagnosisType: "type1",
    glucose: { glucose: 11.2, variation: 0.36, hoursAgo: 1.5 },
  },
  {
    fullName: "Livia Keller",
    birthDate: "1964-01-22",
    mrn: "CL-04",
    diagnosisType: "type2",
    devices: {
      averageGlucose: 148,
      swing: 0.8,
      wear: 1,
      timezoneOffset: 60,
      days: 60,
      hoursAgo: 6,
      sets: [{ type: "normal", of: ["meter"] }],
    },
  },
];

const CEDAR_PATIENTS: readonly DemoPatient[] = [
  {
    fullName: `${DEMO_HOSPITAL.patient.firstName} ${DEMO_HOSPITAL.patient.lastName}`,
    birthDate: DEMO_HOSPITAL.patient.birthDate,
    mrn: DEMO_HOSPITAL.patient.mrn,
    email: DEMO_HOSPITAL.patient.email,
    diagnosisType: "type1",
    tags: ["Insulin pump"],
    glucose: { glucose: 8.1, variation: 0.31, hoursAgo: 0.8 },
  },
  {
    fullName: "Walter Lindqvist",
    birthDate: "1952-03-19",
    mrn: "CV-2002",
    diagnosisType: "type2",
    glucose: { glucose: 8.9, hoursAgo: 7, device: "meter", fingersticksPerDay: 2.5 },
  },
  {
    fullName: "Ivy Castellanos",
    birthDate: "2018-05-27",
    mrn: "CV-2003",
    diagnosisType: "type1",
    tags: ["School plan", "Sensor start"],
    glucose: { glucose: 9.7, variation: 0.35, hoursAgo: 1.2, daysOfHistory: 30 },
  },
  {
    fullName: "Marisol Trujillo",
    birthDate: "2007-11-16",
    mrn: "CV-2004",
    diagnosisType: "type1",
    tags: ["Insulin pump", "School plan"],
    devices: {
      averageGlucose: 163,
      swing: 1.2,
      wear: 0.91,
      timezoneOffset: -420,
      days: 32,
      hoursAgo: 0.5,
      sets: [
        { type: "continuous", of: ["cgm"] },
        { type: "normal", of: ["pump", "meter"] },
      ],
    },
  },
];

const BAYVIEW_TAGS = ["Pump users", "Sensor start"];
/** One of them is a patient of Harbor, too: the plan of a merge says so. */
const BAYVIEW_PATIENTS: readonly DemoPatient[] = [
  {
    fullName: "Priya Raghunathan",
    birthDate: "1991-04-04",
    mrn: "HE-1010",
    diagnosisType: "mody",
    tags: ["Sensor start"],
    glucose: { glucose: 7.1, variation: 0.26, hoursAgo: 0.7 },
  },
  {
    fullName: "Tariq Haddad",
    birthDate: "1972-06-12",
    mrn: "BV-3001",
    email: "tariq.haddad@mail.example",
    diagnosisType: "type2",
    glucose: { glucose: 8.6, variation: 0.3, hoursAgo: 6 },
  },
  {
    fullName: "Beatriz Moreno",
    birthDate: "2001-09-25",
    mrn: "BV-3002",
    diagnosisType: "type1",
    tags: ["Pump users"],
    glucose: { glucose: 7.8, variation: 0.38, hoursAgo: 0.3 },
  },
];

/** Whose reports are there on the first start. */
const REPORTED = new Set(["Noor van Dijk", "Zoë Ångström"]);
/** Whose EHR has ordered reports by then: somebody else than the sandbox's pages begin with. */
const ORDERED = { firstName: "Marcus", lastName: "O’Leary", birthDate: "1968-11-02", mrn: "HE-1002", tag: MONITORED };

const USUAL = {
  improvement: 0,
  variation: 0.3,
  wear: 0.94,
  minutesPerRecord: 5,
  fingersticksPerDay: 1.2,
  daysOfHistory: 120,
};

const recordOf = (patient: DemoPatient) => ({ ...patient, glucose: undefined, devices: undefined });

/**
 * Fills an empty server with four clinics, through the API and the sandbox's EHR alone. Each creation carries an Idempotency-Key: seeding that
 * was interrupted goes on where it stopped. Throws, naming operation and status, at the first answer that is not 200.
 */
export async function seedDemo(baseUrl: string, keys: Pick<LocalKeys, "signPerson" | "signService">): Promise<Demo> {
  const [anaToken, chloeToken, danaToken] = (await Promise.all(
    [ANA, CHLOE, DANA].map((it) => keys.signPerson(it)),
  )) as [string, string, string];
  const [ana, chloe, dana] = [creator(baseUrl, anaToken), creator(baseUrl, chloeToken), creator(baseUrl, danaToken)];
  const serviceToken = await keys.signService(SERVICE);
  const service = creator(baseUrl, serviceToken);

  await storeDemoPatientAccount(baseUrl, keys);

  const harbor = await ana("CreateClinic", "/v1/clinics", "harbor", HARBOR);
  const inHarbor = `/v1/clinics/${harbor.id}`;
  const bo = { id: BO.userId, email: BO.email, name: BO.name, roles: ["CLINIC_MEMBER"] };
  await service("CreateClinician", `${inHarbor}/clinicians`, "bo", bo);
  const tagIds = await createTags(ana, inHarbor, TAGS);
  const sites = new Map<string, { id: string; name: string }>();
  for (const name of SITES) {
    const { id } = await ana("CreateSite", `${inHarbor}/sites`, name, { name });
    sites.set(name, { id, name });
  }
  const demoPatientId = localVariable("CLINIC_DEMO_PATIENT_USER_ID");
  const measured: Measured[] = [{ userId: demoPatientId, clinician: anaToken, ...DEMO_PATIENT }];
  for (const patient of HARBOR_PATIENTS) {
    const { id: userId } = await ana("CreatePatientAccount", `${inHarbor}/patients`, patient.fullName, {
      ...recordOf(patient),
      tags: patient.tags?.map((name) => tagIds.get(name)),
      sites: patient.sites?.map((name) => sites.get(name)),
    });
    measured.push({ userId, clinician: anaToken, ...patient });
  }

  const lac = await chloe("CreateClinic", "/v1/clinics", "lac", LAC);
  for (const patient of LAC_PATIENTS) {
    const path = `/v1/clinics/${lac.id}/patients`;
    const { id: userId } = await chloe("CreatePatientAccount", path, patient.fullName, recordOf(patient));
    measured.push({ userId, clinician: chloeToken, ...patient });
  }

  const cedar = await dana("CreateClinic", "/v1/clinics", "cedar", CEDAR);
  const inCedar = `/v1/clinics/${cedar.id}`;
  const cedarTagIds = await createTags(dana, inCedar, CEDAR_TAGS);
  for (const patient of CEDAR_PATIENTS) {
    const { id: userId } = await dana("CreatePatientAccount", `${inCedar}/patients`, patient.fullName, {
      ...recordOf(patient),
      tags: patient.tags?.map((name) => cedarTagIds.get(name)),
    });
    measured.push({ userId, clinician: danaToken, ...patient });
  }
  const boToken = await keys.signPerson(BO);
  const ofBo = creator(baseUrl, boToken);
  const bayview = await ofBo("CreateClinic", "/v1/clinics", "bayview", BAYVIEW);
  const inBayview = `/v1/clinics/${bayview.id}`;
  const bayviewTagIds = await createTags(ofBo, inBayview, BAYVIEW_TAGS);
  for (const patient of BAYVIEW_PATIENTS) {
    const { id: userId } = await ofBo("CreatePatientAccount", `${inBayview}/patients`, patient.fullName, {
      ...recordOf(patient),
      tags: patient.tags?.map((name) => bayviewTagIds.get(name)),
    });
    measured.push({ userId, clinician: boToken, ...patient });
  }
  await Promise.all(measured.map((patient) => measure(baseUrl, serviceToken, patient)));
  await setEhr(baseUrl, serviceToken, harbor.id, EHR_SETTINGS);
  await setEhr(baseUrl, serviceToken, cedar.id, HOSPITAL_SETTINGS);
  await subscribe(baseUrl, service, inHarbor);
  for (const { userId, fullName } of measured) {
    if (!REPORTED.has(fullName)) continue;
    await ana("CreatePatientReport", `${inHarbor}/patients/${userId}/reports`, fullName, { bgUnits: "mg/dL" });
  }
  await sendOrder(baseUrl);
  return { adminId: ANA.userId, adminName: ANA.name, clinicId: harbor.id, clinicName: HARBOR.name };
}

/** Gives a patient the summaries that clinics show. */
async function measure(baseUrl: string, service: string, patient: Measured): Promise<void> {
  const { userId, fullName, glucose, devices, clinician } = patient;
  if (glucose) await sendSummary(baseUrl, service, { userId, fullName, glucose });
  if (devices) await uploadDevices(baseUrl, { clinician, service }, { userId, fullName, devices });
}

/** Has the sandbox told of what happens in a clinic from now on; it gets the secret, as whoever runs a receiver would. */
async function subscribe(baseUrl: string, service: ReturnType<typeof creator>, clinic: string): Promise<void> {
  const subscription = {
    url: new URL("/sandbox/events/receive/harbor", baseUrl).href,
    events: [...EVENTS],
  };
  const made = await service("CreateEventSubscription", `${clinic}/event_subscriptions`, "events", subscription);
  const response = await fetch(new URL("/sandbox/events/secrets", baseUrl), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "harbor", secret: (made as unknown as { secret: string }).secret }),
  });
  await response.arrayBuffer();
  if (response.status !== 204) throw new Error(`the receiver of events got ${response.status}`);
}

/** Orders reports as the EHR of the first clinic does; what it gets for that comes a little later. */
async function sendOrder(baseUrl: string): Promise<void> {
  const response = await fetch(new URL("/sandbox/redox/orders", baseUrl), {
    method: "POST",
    redirect: "manual",
    headers: { origin: new URL(baseUrl).origin },
    body: new URLSearchParams({ procedure: "enableSummaryReports", ...ORDERED }),
  });
  await response.arrayBuffer();
  if (response.status !== 303) throw new Error(`the order of the EHR got ${response.status}`);
}

/** The same numbers at every first start, so that each patient is of the category of the TIDE report meant for them. */
async function sendSummary(
  baseUrl: string,
  token: string,
  { userId, fullName, glucose }: { readonly userId: string; readonly fullName: string; readonly glucose: Glucose },
): Promise<void> {
  const now = Date.now();
  const { hoursAgo, device, ...given } = glucose;
  const habits = { ...USUAL, ...given, lastDataAt: now - hoursAgo * HOUR_MS };
  const types = device === "meter" ? (["bgm"] as const) : (["cgm", "bgm"] as const);
  const summary = syntheticSummary(randomOf(`demo ${fullName}`), habits, types, now);
  const response = await fetch(new URL(`/v1/patients/${userId}/summary`, baseUrl), {
    method: "POST",
    headers: { "content-type": "application/json", "x-tidepool-session-token": token },
    body: JSON.stringify(summary),
  });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`UpdatePatientSummary answered ${response.status}`);
}

/** The ids of new tags by their names. */
async function createTags(create: Create, inClinic: string, names: readonly string[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const name of names) {
    ids.set(name, (await create("CreatePatientTag", `${inClinic}/patient_tags`, name, { name })).id);
  }
  return ids;
}

/** Connects a clinic to an EHR of the sandbox. */
async function setEhr(baseUrl: string, token: string, clinicId: string, settings: object): Promise<void> {
  const response = await fetch(new URL(`/v1/clinics/${clinicId}/settings/ehr`, baseUrl), {
    method: "PUT",
    headers: { "content-type": "application/json", "x-tidepool-session-token": token },
    body: JSON.stringify(settings),
  });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`UpdateEHRSettings answered ${response.status}`);
}

/** New clinics get the demo patient under the name its account has: the account has to be there before them. */
async function storeDemoPatientAccount(baseUrl: string, keys: Pick<LocalKeys, "signPerson">): Promise<void> {
  const userId = localVariable("CLINIC_DEMO_PATIENT_USER_ID");
  const { email, fullName: name } = DEMO_PATIENT;
  const token = await keys.signPerson({ userId, email, name });
  const anything = await fetch(new URL("/v1/clinics/share_code/AAAA-AAAA-AAAA", baseUrl), {
    headers: { "x-tidepool-session-token": token },
  });
  await anything.arrayBuffer();
  if (anything.status === 401 || anything.status >= 500)
    throw new Error(`the demo patient's token got ${anything.status}`);
  await sleep(ACCOUNT_IS_STORED_MS);
}

type Create = (operation: string, path: string, key: string, body: object) => Promise<{ id: string }>;

/** What the holder of the token creates. */
function creator(baseUrl: string, token: string): Create {
  return async (operation, path, key, body) => {
    const response = await fetch(new URL(path, baseUrl), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-tidepool-session-token": token,
        "idempotency-key": `demo ${operation} ${encodeURIComponent(`${path} ${key}`)}`,
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${operation} answered ${response.status}`);
    return text === "" ? { id: "" } : (JSON.parse(text) as { id: string });
  };
}
