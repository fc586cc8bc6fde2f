import { env } from "cloudflare:workers";
import { getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Operation } from "../../src/platform/request/operation.ts";
import {
  type Answer,
  type Caller,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  send,
  unmigrate,
} from "../harness.ts";
import { givenSubscription } from "../events/receiver.ts";
import { add, cbg, openSet, settle } from "../device-data.ts";
import { givenInvite } from "../invitations.ts";
import { carryOut, lockPair } from "../merge-rows.ts";
import { COMPLETE_PROFILE, givenMigration } from "../legacy-accounts.ts";
import { givenOutboxEntry } from "../mail/post-office.ts";
import { givenPatientInvitation } from "../patient-invitations.ts";
import { connect } from "../ehr/fake-redox.ts";
import { servedIn } from "../served-in.ts";
import { givenSummary, statsWith } from "../summaries.ts";
import { EXPECTED } from "./expected-access.ts";
import { allOperationsByName, operationsByName, parametersOf, recordIdOf } from "./principals.ts";

// Tests have no file system; the bundler reads the files for them.
const texts: Record<string, string> = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>(
      ["../../src/**/*.ts", "../../test/**/*.ts", "../../scripts/**/*.ts", "../../bench/**/*.ts"],
      {
        query: "?raw",
        import: "default",
        eager: true,
      },
    ),
  ).map(([file, text]) => [new URL(file, "file:///test/every-operation/").pathname.slice(1), text]),
);
const files = Object.keys(texts);
const sources = files.filter((file) => file.startsWith("src/") && !file.endsWith(".test.ts"));

/** `GetEHRSettings` → `get-ehr-settings`. */
const kebab = (operationId: string): string =>
  operationId
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();

describe("files", () => {
  test("are seen by these tests", () => {
    expect(sources).toContain("src/entry/worker.ts");
    expect(files).toContain("test/harness.ts");
    expect(files).toContain("scripts/dev.ts");
  });

  const routeFiles = sources.filter((file) => /^src\/features\/[\w-]+\/routes\/(?!index\.ts)/.test(file));

  test.each(allOperationsByName)("%s has one route file, named after it, with its tests beside it", (name) => {
    const own = routeFiles.filter((file) => texts[file]!.includes(`operationId: "${name}"`));
    expect(own.map((file) => file.split("/").at(-1))).toEqual([`${kebab(name)}.ts`]);
    expect(files).toContain(own[0]!.replace(/\.ts$/, ".test.ts"));
  });

  test("of routes hold one operation each, and it is published", () => {
    const published = allOperationsByName.map(([name]) => kebab(name)).toSorted();
    expect(routeFiles.map((file) => file.split("/").at(-1)!.replace(".ts", "")).toSorted()).toEqual(published);
  });

  test("name their classes of errors, which a build would shorten otherwise: logs and migrations tell them", () => {
    const errors = sources.flatMap((file) => [
      ...texts[file]!.matchAll(/class (\w+) extends (?:Error|\w*Refusal|\w*Fault) \{\n?([^\n]*)/g),
    ]);
    expect(errors.length).toBeGreaterThan(25);
    expect(errors.filter(([, name, first]) => !first!.includes(`readonly name: string = "${name}"`))).toEqual([]);
  });

  test("leave nothing to be done later and no test out", () => {
    const unfinished = /\bT[O]DO\b|\bF[I]XME\b/;
    const selected = /\b(?:test|describe|it)[.\w]*\.(?:only|skip|todo)\b/;
    expect(files.filter((file) => unfinished.test(texts[file]!) || selected.test(texts[file]!))).toEqual([]);
  });
});

/** What an operation may be called with: a clinic in which every id that a path or a body can name is somebody's. */
interface Given {
  readonly clinic: GivenClinic;
  /** Whom the path names where only they may call: somebody with an account, who is invited to the clinic. */
  readonly self: Caller;
  readonly values: Record<string, string>;
  readonly body: unknown;
}

/** A day of the audit trail that is exported. */
async function givenAuditDay(): Promise<string> {
  const day = "2026-03-01";
  await env.AUDIT_DB.prepare(
    `INSERT OR IGNORE INTO audit_days (day, first, last, entries, hash, exported_to, parts, broken, exported_at)
     VALUES (?, 1, 1, 1, '', 1, 1, 0, 1)`,
  )
    .bind(day)
    .run();
  await env.AUDIT_EXPORTS.put(`${day}/000001.ndjson`, "{}\n");
  return day;
}

/** A merge of another clinic into this one that is done. */
async function givenMergeInto(targetId: string): Promise<string> {
  const { clinicId: sourceId } = await givenClinic();
  const mergeId = await lockPair({ sourceId, targetId });
  await carryOut(mergeId);
  return mergeId;
}

const isForSelf = (name: string): boolean => EXPECTED[name]!.allowed.every((right) => right === "self");

const isFhir = (name: string): boolean => EXPECTED[name]!.form === "outcome";
const isOnData = (name: string): boolean => EXPECTED[name]!.form !== undefined && !isFhir(name);
/** Whether people call it for their own device data. */
const isForOwners = (name: string): boolean =>
  isOnData(name) && EXPECTED[name]!.allowed.some((right) => right === "self" || right === "owner");

/** A data set of a person with a reading, of which there is a summary. */
async function givenDataSet(owner: Caller): Promise<string> {
  const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
  await add(owner, setId, [cbg(Date.now() - 60_000)]);
  await settle(owner.id);
  return setId;
}

/** What the migrations need besides: a legacy account, a clinic that is still to be migrated, a migration. */
async function prepareMigration(name: string, clinic: GivenClinic): Promise<void> {
  const legacy = (userId: string) =>
    rows(
      `INSERT INTO users (id, email_verified, roles, is_custodial, created_at, updated_at) VALUES (?, 0, '["clinic"]', 0, 0, 0)
       ON CONFLICT (id) DO UPDATE SET roles = excluded.roles`,
      userId,
    );
  if (name === "EnableNewClinicExperience") await legacy(clinic.member.id);
  if (name === "GetMigration" || name === "UpdateMigration") {
    await givenMigration(clinic.clinicId, clinic.member.id);
  }
  if (name === "TriggerInitialMigration") {
    await legacy(clinic.admin.id);
    await clinic.admin.put(clinic.path, COMPLETE_PROFILE);
    await unmigrate(clinic.clinicId);
  }
}

/** Whether an operation is about two patients that the path names. */
const isOfPair = (name: string): boolean => name.endsWith("PatientsDistinct");

/** The sample body, with what has to be there named in it. */
function bodyOf(
  name: string,
  real: Record<"site" | "shareCode" | "memberId" | "otherClinicId" | "messageId" | "twinId", string>,
): unknown {
  const { body } = EXPECTED[name]!;
  if (name === "MigrateLegacyClinicianPatients") return { userId: real.memberId };
  if (name === "MergeSite") return { id: real.site };
  // A person may close a set; only a service changes what is said of one.
  if (name === "UpdateDataSet") return { state: "closed" };
  if (name === "MatchClinicAndPatient") {
    return { messageRef: { dataModel: "Order", eventType: "New", documentId: real.messageId } };
  }
  if (name === "MergePatient") return { sourceId: real.twinId };
  if (name === "GenerateMergeReport" || name === "MergeClinic") return { sourceId: real.otherClinicId };
  return name === "SendPatientInvitation" ? { ...(body as object), shareCode: real.shareCode } : body;
}

/** Whom a path that names a patient names: one of the clinic, but who is to become one, or who alone may call. */
async function patientNamed(name: string, patientId: string, selfId: string): Promise<string> {
  if (name === "CreatePatientFromUser") return (await givenAccount()).id;
  return isForSelf(name) ? selfId : patientId;
}

async function given(name: string): Promise<Given> {
  const clinic = await givenClinic();
  const [site, otherSite] = [await givenSite(clinic), await givenSite(clinic)];
  const [tag, otherTag] = [await givenTag(clinic), await givenTag(clinic)];
  const { body: whole } = await clinic.admin.get(clinic.path);
  const isEmptied = name === "DeleteClinic";
  const self = await givenAccount();
  const dataSetId = isOnData(name) ? await givenDataSet(self) : "";
  const invite = await givenInvite(clinic, { email: `${self.id}@people.test` });
  const offer = await givenPatientInvitation(clinic);
  const patient = isEmptied
    ? { id: clinic.outsider.id }
    : await givenPatient(clinic, {
        tags: [tag.id],
        sites: [site, otherSite],
        dataSources: [{ providerName: "dexcom", state: "pending" }],
      });
  await prepareMigration(name, clinic);
  const isOfPatients = name.endsWith("PatientMerge") || name === "MergePatient" || isOfPair(name);
  const twin = isOfPatients ? await givenPatient(clinic, { fullName: patient.fullName }) : undefined;
  const merged = name.endsWith("PatientMerge")
    ? (await clinic.admin.post(`${clinic.path}/patients/${patient.id}/merge`, { sourceId: twin.id })).body.id
    : "";
  const isMerge = name === "GenerateMergeReport" || name === "MergeClinic";
  if (name === "MatchClinicAndPatient") {
    await connect(clinic, { sourceId: clinic.clinicId });
    await rows(
      `INSERT INTO ehr_messages (id, deduplication_key, data_model, event_type, source_id, is_test, received_at, expires_at, state, message)
       VALUES (?1, ?1, 'Order', 'New', ?1, 0, 1, 9e15, 'done', '{}') RETURNING id`,
      clinic.clinicId,
    );
  }
  if (name.startsWith("SyncEHR")) await connect(clinic, { sourceId: clinic.clinicId });
  const report =
    name === "GetPatientReport" || name === "FhirDocument" || name === "FhirBinary"
      ? (await clinic.admin.post(`${clinic.path}/patients/${patient.id}/reports`)).body
      : undefined;
  if (isFhir(name)) {
    const fields = { totalRecords: 3360, timeCGMUsePercent: 0.8, glucoseManagementIndicator: 6.8 };
    const cgmStats = await statsWith("cgm", fields, { dates: { lastData: "2024-03-30T23:55:00Z" } });
    await givenSummary(clinic.clinicId, patient.id, { cgmStats });
  }
  if (name === "DeletePatientReviews") await clinic.admin.put(`${clinic.path}/patients/${patient.id}/reviews`);
  if (isForSelf(name)) await clinic.service.post(`${clinic.path}/patients/${self.id}`, { permissions: { note: {} } });
  if (name === "DeletePatientSummary") {
    const cgmStats = { ...(await statsWith("cgm", {})), id: clinic.clinicId };
    await givenSummary(clinic.clinicId, patient.id, { cgmStats });
  }
  return {
    clinic,
    self,
    values: {
      clinicId: clinic.clinicId,
      shareCode: whole.shareCode,
      siteId: site.id,
      // Given to all, it has to be one that somebody lacks; taken from all, one that somebody has.
      patientTagId: name === "AssignPatientTagToClinicPatients" ? otherTag.id : tag.id,
      patientId: await patientNamed(name, patient.id, self.id),
      otherPatientId: twin?.id ?? "",
      summaryId: clinic.clinicId,
      clinicianId: clinic.member.id,
      userId:
        isForSelf(name) || isOnData(name)
          ? self.id
          : name === "UpdatePatientDataSources"
            ? patient.id
            : clinic.member.id,
      dataSetId,
      kind: "cgm",
      inviteId: name.includes("PatientInvit") ? offer.key : invite.key,
      reportId: report?.id ?? "",
      recordId: recordIdOf(clinic.clinicId, patient.id),
      observationId: `${recordIdOf(clinic.clinicId, patient.id)}.c14gmi`,
      entryId: name.endsWith("Entry")
        ? await givenOutboxEntry({ clinic_id: clinic.clinicId, state: "failed", finished_at: 1 })
        : "",
      subscriptionId:
        name.includes("EventSubscription") && !name.startsWith("Create") ? (await givenSubscription(clinic)).id : "",
      mergeId: name === "GetMerge" || name === "UndoMerge" ? await givenMergeInto(clinic.clinicId) : merged,
      permission: "custodian",
      providerId: "dexcom",
      date: name === "GetAuditDay" ? await givenAuditDay() : "",
    },
    body: bodyOf(name, {
      site: otherSite.id,
      shareCode: whole.shareCode,
      memberId: clinic.member.id,
      messageId: clinic.clinicId,
      twinId: twin?.id ?? "",
      otherClinicId: isMerge ? (await givenClinic()).clinicId : "",
    }),
  };
}

const pathWith = ({ route }: Operation, values: Record<string, string>): string =>
  route.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => values[parameter] ?? parameter);

/** Where machine accounts prove themselves; only AddServiceAccount asks it. */
const servedWithTokenEndpoint = servedIn({ SERVICE_ACCOUNT_TOKEN_ENDPOINT: "https://identity.test/token" });
const idToken = () =>
  ["{}", JSON.stringify({ sub: crypto.randomUUID() }), "signature"]
    .map((part) => btoa(part).replaceAll("=", ""))
    .join(".");

async function call(
  operation: Operation,
  it: Given,
  caller: Caller,
  query = (EXPECTED[operation.route.operationId]!.query ?? "").replace("{recordId}", it.values.recordId!),
): Promise<Answer> {
  const { operationId, method } = operation.route;
  const isWrite = method !== "get";
  return send(method.toUpperCase(), pathWith(operation, it.values) + query, {
    token: caller.token,
    body: it.body,
    // What makes a repeat safe must not cost a round trip.
    headers: isWrite ? { "idempotency-key": crypto.randomUUID() } : {},
    ...(operationId === "AddServiceAccount" ? { through: servedWithTokenEndpoint } : {}),
  });
}

type Who = "service" | "admin" | "self";
const callerAmong = (it: Given, who: Who): Caller => (who === "self" ? it.self : it.clinic[who]);

/** Those of a service and an admin who are let in; a person where only people are; whom the path names where only they are. */
const callersOf = (name: string): readonly Who[] => {
  const { allowed } = EXPECTED[name]!;
  if (isForSelf(name)) return ["self"];
  const isForAdmins = allowed.some((right) => ["admin", "member", "record", "person"].includes(right));
  return [
    ...(allowed.includes("service") ? (["service"] as const) : []),
    ...(isForAdmins ? (["admin"] as const) : []),
    ...(isForOwners(name) ? (["self"] as const) : []),
  ];
};

const driven = operationsByName.flatMap(([name, operation]) =>
  callersOf(name).map((who) => [name, who, operation] as const),
);
/** What changes nothing though its method is not GET. */
const READS_ALL_THE_SAME = new Set(["GenerateMergeReport", "MatchClinicAndPatient", "RecomputeSummary"]);

const isRead = (name: string, { route }: Operation) =>
  route.method === "get" || isFhir(name) || READS_ALL_THE_SAME.has(name);
const writes = driven.filter(([name, , operation]) => !isRead(name, operation));
const reads = driven.filter(([name, , operation]) => isRead(name, operation));

afterEach(() => {
  vi.restoreAllMocks();
});

/** The clinics that the trail names: the one of the path, unless one is made; of a merge both. */
function clinicsOf(name: string, it: Given, answer: Answer): unknown {
  if (name === "CreateClinic" || name === "EnableNewClinicExperience") return answer.body.id;
  // A person is a patient of any number of clinics; device data are no clinic's.
  if (name === "SyncEHRDataForPatient" || isOnData(name)) return null;
  return name === "MergeClinic" || name === "UndoMerge" ? expect.any(String) : it.clinic.clinicId;
}

/**
 * The merge has to be known before its coordinator is, and how it stands is asked after. A report is recorded before it is
 * stored, so that one that was interrupted in between is found.
 */
const TAKES_THREE = new Set(["UndoMerge", "CreatePatientReport"]);

/**
 * Device data are in an object of the person, which is no database of ours: only whose a set is has to be read. A service and
 * the person whom the path names are let in without a row.
 */
const readsNoRow = (name: string, operation: Operation): boolean =>
  isOnData(name) && !parametersOf(operation).includes("dataSetId") && !/^List\w+Summaries$/.test(name);

/** The trail is a database of its own, which is asked when the caller is known to be let in. */
const OF_TRAIL_ALONE = new Set(["ListAccesses", "ListAuditDays", "GetAuditDay"]);
const LISTS_NAMES_OF_TRAIL = new Set(["ListClinicAudit", "ListPatientAudit"]);

function tripsOfRead(name: string, who: Who, operation: Operation): number {
  if (OF_TRAIL_ALONE.has(name) || EXPECTED[name]!.isOpen || readsNoRow(name, operation)) return 0;
  return LISTS_NAMES_OF_TRAIL.has(name) && who === "admin" ? 2 : 1;
}

describe("round trips to the database", () => {
  test("are counted for every operation", () => {
    const names = [...new Set(driven.map(([name]) => name))];
    expect(names).toEqual(operationsByName.map(([name]) => name));
    for (const [, operation] of operationsByName)
      expect(operation.route.method).toMatch(/^(get|post|put|patch|delete)$/);
  });

  test.each(reads)("%s takes one for the %s", async (name, who, operation) => {
    const it = await given(name);
    const answer = await call(operation, it, callerAmong(it, who));
    // Settings that were never set are a refusal; it is read in the same way.
    const isUnset = name === "GetEHRSettings" || name === "GetMRNSettings";
    expect([answer.status, answer.calls]).toEqual([isUnset ? 404 : 200, tripsOfRead(name, who, operation)]);
  });

  test("ListPatients takes two with a filter and an order", async () => {
    const it = await given("ListPatients");
    const [, operation] = operationsByName.find(([name]) => name === "ListPatients")!;
    const answer = await call(operation, it, it.clinic.member, "?search=patient&sort=-lastData&sortType=cgm");
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body.data.map(({ id }: { id: string }) => id)).toContain(it.values.patientId);
  });

  test("TideReport takes two when it finds somebody", async () => {
    const it = await given("TideReport");
    const [, operation] = operationsByName.find(([name]) => name === "TideReport")!;
    const query = EXPECTED.TideReport!.query!.replace(/tags=\w+/, `tags=${it.values.patientTagId}`);
    const answer = await call(operation, it, it.clinic.member, query);
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.body.results.noData.map((found: any) => found.patient.id)).toEqual([it.values.patientId]);
  });

  test.each(writes)("%s takes at most two for the %s, and leaves an audit row", async (name, who, operation) => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json({ id_token: idToken() }));
    const it = await given(name);
    const caller = callerAmong(it, who);
    const answer = await call(operation, it, caller);
    expect([answer.status, answer.text]).toEqual([expect.toSatisfy((status) => status < 300), answer.text]);
    expect(answer.calls).toBeGreaterThanOrEqual(readsNoRow(name, operation) ? 0 : 1);
    expect(answer.calls).toBeLessThanOrEqual(TAKES_THREE.has(name) ? 3 : isOnData(name) ? 1 : 2);
    // The object of the person tells the trail after the answer.
    if (isOnData(name)) await settle(it.self.id);
    const audited = await rows(
      "SELECT actor_kind, actor_id, operation, clinic_id, patient_id FROM audit_log WHERE request_id = ? AND outcome = 'changed'",
      answer.headers.get("x-request-id"),
    );
    expect(audited.length).toBeGreaterThanOrEqual(1);
    for (const row of audited) {
      expect(row).toMatchObject({
        actor_kind: who === "service" ? "service" : "person",
        actor_id: caller.id,
        operation: name,
        clinic_id: clinicsOf(name, it, answer),
      });
    }
    if (name === "MergePatient" || isOfPair(name)) expect(audited).toHaveLength(2);
    else if (parametersOf(operation).includes("patientId")) {
      expect(audited.map(({ patient_id }) => patient_id)).toEqual([it.values.patientId]);
    }
    if (isOnData(name)) expect(audited.map(({ patient_id }) => patient_id)).toEqual([it.self.id]);
  });
});

const tableNames = new Map(
  Object.values(
    import.meta.glob<Record<string, unknown>>(["../../src/platform/db/tables.ts", "../../src/features/tables/*.ts"], {
      eager: true,
    }),
  )
    .flatMap((module) => Object.entries(module))
    .filter((entry): entry is [string, SQLiteTable] => is(entry[1], SQLiteTable))
    .map(([name, table]) => [name, getTableName(table)]),
);

/** Statements whose table is named where they are called, not where they are written. */
const GENERIC: Readonly<Record<string, readonly string[]>> = {
  // `archive(from, to, …)`: its calls are looked at instead.
  "src/platform/db/archive.ts to": [],
  // The period tables and their archives, one after the other (ARCHIVES).
  "src/features/patients/model/store.ts table": ["cgm_periods", "bgm_periods"],
  "src/features/patients/model/merge-store.ts table": ["cgm_periods", "bgm_periods"],
  "src/features/patients/summary/summary-store.ts table": ["cgm_periods", "bgm_periods"],
  "src/features/patients/model/store.ts kept": ["deleted_cgm_periods", "deleted_bgm_periods"],
};

/** Tables that more than one slice writes, and why. */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  // A clinic that is deleted takes its tags and sites with it, in the batch that archives them as one document.
  clinic_patient_tags: ["clinics", "tags"],
  clinic_sites: ["clinics", "sites"],
};

const WRITTEN =
  /(?:INSERT(?: OR \w+)? INTO|UPDATE(?: OR \w+)?|DELETE FROM)\s+(?:\$\{(\w+)\}|(?!SET\b)(\w+))|\barchive\(\w+, (\w+)/g;

/** Files with the statements of an object, whose tables are its own. */
const isOfObject = (file: string): boolean => /\/owner\//.test(file) && !texts[file]!.includes("drizzle-orm");

/** The tables of the database that a file writes. */
function writtenIn(file: string): string[] {
  if (isOfObject(file)) return [];
  const text = texts[file]!.replaceAll(/^\s*(?:\*|\/\/|\/\*).*$/gm, "");
  return [...text.matchAll(WRITTEN)].flatMap(([, interpolated, literal, archived]) => {
    if (literal !== undefined) return [literal];
    const variable = (interpolated ?? archived)!;
    const known = tableNames.get(variable) ?? GENERIC[`${file} ${variable}`];
    expect(known, `${file} writes to a table this test can't tell: ${variable}`).toBeDefined();
    return [known!].flat();
  });
}

describe("tables", () => {
  const slicesOf = new Map<string, Set<string>>();
  beforeAll(() => {
    for (const file of sources) {
      for (const table of writtenIn(file)) {
        const [, wing, room] = file.split("/");
        const slice = wing === "features" ? room! : `${wing}/${room}`;
        slicesOf.set(table, (slicesOf.get(table) ?? new Set()).add(slice));
      }
    }
  });

  test("are each written by files of one slice", () => {
    const shared = [...slicesOf].filter(([, slices]) => slices.size > 1);
    expect(Object.fromEntries(shared.map(([table, slices]) => [table, [...slices].toSorted()]))).toEqual(SHARED);
  });

  test("of an object are created by it, and each is written", () => {
    const own = sources.filter(isOfObject).map((file) => texts[file]!);
    const all = own.join("\n");
    const created = [...all.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)/g)].map((match) => match[1]!);
    const written = [...all.matchAll(/(?:INSERT(?: OR \w+)? INTO|UPDATE) (\w+)/g)].map((match) => match[1]!);
    expect([...new Set(written)].toSorted()).toEqual(created.toSorted());
    expect(created).toContain("sets");
  });

  test("are all written by somebody, and nothing else is", async () => {
    const tables =
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_cf%' AND name <> 'd1_migrations'";
    const found = await Promise.all([env.DB, env.AUDIT_DB].map((it) => it.prepare(tables).all<{ name: string }>()));
    const made = new Set(found.flatMap(({ results }) => results.map(({ name }) => name)));
    expect([...slicesOf.keys()].toSorted()).toEqual([...made].toSorted());
  });
});

const documents = Object.entries(
  import.meta.glob<string>(["../../*.md", "../../docs/**/*.md"], { query: "?raw", import: "default", eager: true }),
).map(([file, text]) => [file.replace("../../", ""), text] as const);

describe("documents", () => {
  // Only the names: nothing of this is loaded. A file is not among those it asks for.
  const named = [
    "test/every-operation/conventions.test.ts",
    ...files,
    ...Object.keys(
      import.meta.glob([
        "../../{migrations,migrations/audit,public,scripts}/*.{sql,html,json,mjs}",
        "../../src/**/*.json",
      ]),
    ),
    ...documents.map(([file]) => file),
  ].map((file) => file.replace("../../", ""));
  const exists = (path: string) => named.some((file) => file === path || file.startsWith(path.replace(/\/?$/, "/")));
  const PATH = /`((?:src|test|scripts|migrations|docs|public)\/[\w./-]*)`/g;

  test.each(documents)("%s names no file that is not there", (_, text) => {
    const examples = new Set(["migrations/NNNN_what_it_does.sql"]);
    const paths = [...text.matchAll(PATH)].map((match) => match[1]!);
    expect(paths.filter((path) => !examples.has(path) && !exists(path))).toEqual([]);
  });

  test("docs/storage.md has every table and view", async () => {
    const storage = documents.find(([file]) => file === "docs/storage.md")![1];
    const made = await rows<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_cf%'",
    );
    expect(made.map(({ name }) => name).filter((name) => !storage.includes(`\`${name}\``))).toEqual([]);
  });
});
