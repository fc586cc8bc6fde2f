import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Answer,
  type GivenClinic,
  givenClinic,
  givenSite,
  givenTag,
  newUserId,
  rows,
  send,
  service,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { givenInvite } from "../../../../test/invitations.ts";
import { givenPair } from "../../../../test/merge-rows.ts";
import { unchanging } from "../../../../test/patient-rows.ts";
import { servedIn } from "../../../../test/served-in.ts";
import { readWorkbook } from "../../../../test/workbook.ts";

const MERGE = "reports/merge";

interface GivenRow {
  readonly id: string;
  readonly name?: string | null;
  readonly birthDate?: string | null;
  readonly mrn?: string | null;
  readonly tags?: readonly { id: string }[];
  readonly sites?: readonly { id: string }[];
  readonly permissions?: number;
  readonly uploads?: readonly [cgm: string | null, bgm: string | null];
}

/** Patients as rows, in this order. */
const givenRows = (clinic: GivenClinic, ...given: readonly GivenRow[]) =>
  env.DB.batch(
    given.map(({ id, name, birthDate, mrn, tags = [], sites = [], permissions = 2, uploads = [null, null] }) =>
      env.DB.prepare(
        `INSERT INTO patients (clinic_id, user_id, full_name, birth_date, mrn, mrn_unique, search_rest, tags, sites, permissions,
           reviews, is_migrated, is_demo, counts_to_plan, cgm_last_upload_at, cgm_has_other_periods, bgm_last_upload_at,
           bgm_has_other_periods, version, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, 0, '', ?, ?, ?, '[]', 0, 0, 1, ?, 0, ?, 0, 1, 1, 1)`,
      ).bind(
        clinic.clinicId,
        id,
        name ?? null,
        birthDate ?? null,
        mrn ?? null,
        JSON.stringify(tags.map((tag) => tag.id)),
        JSON.stringify(sites.map((site) => site.id)),
        permissions,
        ...uploads.map((at) => (at === null ? null : Date.parse(at))),
      ),
    ),
  );

/** A clinic of this name with nobody in it but one admin. */
async function lonelyClinic(name: string): Promise<GivenClinic> {
  const clinic = await givenClinic({ name });
  await rows(
    "DELETE FROM clinicians WHERE clinic_id = ? AND user_id <> ? RETURNING id",
    clinic.clinicId,
    clinic.admin.id,
  );
  return clinic;
}

let [north, south]: GivenClinic[] = [];
beforeEach(async () => {
  [north, south] = [await lonelyClinic("North"), await lonelyClinic("South")];
});

const report = (headers?: Record<string, string>, sourceId = north!.clinicId): Promise<Answer> =>
  south!.service.post(`${south!.path}/${MERGE}`, { sourceId }, headers);
const planOf = async () => (await report({ accept: "application/json" })).body;

const PATIENT = ["UUID ---", "DOB ---", "MRN ---", "Tags ---", "Sites ---", "Latest Upload ---"];

describe("GenerateMergeReport", () => {
  test("200 is a workbook with its name, whatever other kinds of answer are accepted as well, in one round trip", async () => {
    for (const accept of [undefined, "*/*", "application/json, */*", "application/json; charset=utf-8"]) {
      const before = Math.floor(Date.now() / 1000);
      const answer = await unchanging(() => report(accept === undefined ? {} : { accept }));
      expect([answer.status, answer.calls]).toEqual([200, 1]);
      expect(answer.headers.get("content-type")).toBe("application/vnd.ms-excel");
      const [, seconds] = /^attachment; filename=merge-report-(\d+)\.xlsx$/.exec(
        answer.headers.get("content-disposition")!,
      )!;
      expect(Number(seconds)).toBeGreaterThanOrEqual(before);
      expect(Number(seconds)).toBeLessThanOrEqual(Date.now() / 1000);
      expect(readWorkbook(answer.bytes).names).toEqual([
        "Summary",
        "Patients in Source Clinic",
        "Patients in Target Clinic",
        "Duplicates in Source Clinic",
        "Duplicates in Target Clinic",
        "Duplicates in Merged Workspace",
        "EHR and Reports",
      ]);
    }
  });

  test("404 for a clinic or a source that is not there, 400 for ids that are none, without a source, and with itself", async () => {
    const { service, path, clinicId } = south!;
    const refused = (body: unknown, at = path) => unchanging(() => service.post(`${at}/${MERGE}`, body));
    for (const answer of [
      await refused({ sourceId: UNKNOWN_ID }),
      await refused({ sourceId: clinicId }, `/v1/clinics/${UNKNOWN_ID}`),
    ]) {
      expect([answer.status, answer.body.message]).toEqual([404, "clinic not found"]);
    }
    expect((await refused({ sourceId: clinicId })).body).toEqual({
      code: 400,
      message: "bad request: a clinic can't be merged into itself",
    });
    for (const body of [undefined, {}, { sourceId: null }, { sourceId: "no-id" }]) {
      expect((await refused(body)).status).toBe(400);
    }
    expect((await refused({ sourceId: clinicId }, "/v1/clinics/no-id")).status).toBe(400);
  });

  test("403 for an admin of both clinics", async () => {
    const { clinicId, service, admin } = south!;
    const joined = await service.post(`${north!.path}/clinicians`, {
      id: admin.id,
      email: "both@people.test",
      roles: ["CLINIC_ADMIN"],
    });
    expect(joined.status).toBe(200);
    const answer = await admin.post(`/v1/clinics/${clinicId}/${MERGE}`, { sourceId: north!.clinicId });
    expect(answer.status).toBe(403);
  });

  test("a report of empty clinics has its headings", async () => {
    const book = readWorkbook((await report()).bytes);
    const heading = ["Name ---", "Claimed ---", ...PATIENT];
    expect(book.rows("Patients in Source Clinic")).toEqual([heading]);
    expect(book.rows("Duplicates in Target Clinic")).toHaveLength(8);
    expect(book.rows("Duplicates in Merged Workspace")).toHaveLength(6);
  });

  test.each([
    ["east", "Yes", [2, 2, 0, 2, 2, 0]],
    ["west", "No", [2, 0, 2, 2, 0, 2]],
  ])(
    "a report says what becomes of an EHR's orders and of reports, when the target's EHR is %s",
    async (ehrSource, isShared, counts) => {
      const patient = (person: number, isActive: boolean) => ({
        person,
        tags: [],
        sites: [],
        isCustodial: false,
        hasSummary: false,
        provider: null,
        ehr: { summaryAndReports: isActive, xealthReports: true },
      });
      const one = { tags: [], sites: [], members: [{ person: 1, isAdmin: true }], offers: [] };
      const { sourceId, targetId } = await givenPair({
        source: { ...one, ehrSource: "east", patients: [patient(2, false), patient(3, false)] },
        target: { ...one, ehrSource, patients: [patient(3, true)] },
      });
      const answer = await (await service()).post(`/v1/clinics/${targetId}/${MERGE}`, { sourceId });
      const rows = readWorkbook(answer.bytes).rows("EHR and Reports");
      expect(rows[2]).toEqual(["Is one EHR connected to both clinics?", isShared]);
      expect(rows.slice(5).map(([, count]) => count)).toEqual([...counts, "All go along"]);
    },
  );
});

describe("the workbook", () => {
  let ids: Record<string, string>;
  let answer: Answer;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 2, 5, 14, 3, 9) });
    ids = Object.fromEntries(
      ["u1", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"].map((name) => [
        name,
        `${name}00000000`.replace(/^[up]/, "a"),
      ]),
    );
    ids.u1 = newUserId();
    const [service, source, target] = [north!.service, north!, south!];
    const [tagA, tagB] = [await givenTag(source, "A"), await givenTag(source, "b b")];
    const tagBB = await givenTag(target, "BB");
    const main = await givenSite(source, "Main");
    const [mainToo, east] = [await givenSite(target, "MAIN"), await givenSite(target, "=East")];
    const join = (clinic: GivenClinic, id: string, name: string, roles: string[]) =>
      service.post(`${clinic.path}/clinicians`, { id, email: `${name}@people.test`, name, roles });
    await join(source, ids.u1, "una", ["CLINIC_ADMIN"]);
    await join(target, ids.u1, "una", ["CLINIC_MEMBER"]);
    await givenInvite(target, { email: "invited@people.test", roles: ["CLINIC_ADMIN"] });
    for (const clinic of [source, target]) {
      await rows(
        "UPDATE clinicians SET name = 'Ad Min', email = ? WHERE clinic_id = ? AND user_id = ? RETURNING id",
        `${clinic === source ? "north" : "south"}@people.test`,
        clinic.clinicId,
        clinic.admin.id,
      );
    }
    const jan = { name: "Jan Doe", birthDate: "1980-01-31" };
    await givenRows(
      source,
      {
        id: ids.p1!,
        ...jan,
        mrn: "10",
        tags: [tagB, tagA],
        sites: [main],
        uploads: ["2026-01-02T03:04:05Z", "2026-01-02T03:04:06.789Z"],
      },
      { id: ids.p2!, name: "Bo", mrn: "20", tags: [tagB], sites: [main], permissions: 3 },
      { id: ids.p4!, name: "Only Here", birthDate: "1990-01-01", uploads: ["2025-12-31T23:59:59Z", null] },
      { id: ids.p5!, name: "bo", mrn: " 10 " },
    );
    await givenRows(
      target,
      { id: ids.p2!, name: "Bo Two", mrn: "21", sites: [mainToo, east] },
      { id: ids.p3!, ...jan, tags: [tagBB] },
      { id: ids.p6!, name: "Kim", mrn: "10" },
      { id: ids.p7!, name: "KIM " },
      { id: ids.p8!, name: "=1+1", birthDate: "1980-01-31" },
    );
    await rows(
      "UPDATE patients SET full_name = 'Jan Doe', birth_date = '1980-01-31', mrn = '10' WHERE is_demo = 1 RETURNING key",
    );
    answer = await report();
    expect(answer.status).toBe(200);
    return () => vi.useRealTimers();
  });

  const claimed = (name: string, id: string, ...rest: readonly string[]) => [name, "Y", id, ...rest];
  const withoutEmpty = (row: (string | number)[]) => {
    const cells = [...row];
    while (cells.at(-1) === "") cells.pop();
    return cells;
  };
  const p1 = (sites = "Main") =>
    claimed("Jan Doe", ids.p1!, "1980-01-31", "10", "A, b b", sites, "2026-01-02 03:04:06");
  const p2 = (sites = "Main") => ["Bo", "-", ids.p2!, "", "20", "b b", sites];
  const p5 = () => claimed("bo", ids.p5!, "", " 10 ");
  const p3 = () => claimed("Jan Doe", ids.p3!, "1980-01-31", "", "BB");
  const p6 = () => claimed("Kim", ids.p6!, "", "10");

  test("has a summary", () => {
    const book = readWorkbook(answer.bytes);
    const summary = book.rows("Summary");
    expect(summary).toEqual([
      ["SUMMARY"],
      [],
      ["Report Generated", "March  5 2026 14:03:09 UTC"],
      [],
      ["Merging from Workspace 1 (Source)", "North"],
      ["Merging to Workspace 2 (Target)", "South"],
      ["Can execute merge plan?", "Yes"],
      [],
      ["Settings ---", "Do they match? ---", "North ---", "South ---"],
      ["Partial SSO*", "Yes", "N/A", "N/A"],
      ["MRN Required", "Yes", "Not Required", "Not Required"],
      ["MRN Unique", "Yes", "No", "No"],
      ["Glucose Units", "Yes", "mg/dL", "mg/dL"],
      ["Timezone", "Yes"],
      [expect.stringMatching(/^\* .*by hand/)],
      [],
      ["Measures ---", "Count ---"],
      ["Resulting Members & Admins", 4],
      ["- Members downgraded from Admin", 1],
      ["Resulting Tags", 2],
      ["- Duplicate tags that will be merged", 1],
      ["Resulting Sites", 3],
      ["- Duplicate sites that will be renamed", 1],
      ["Resulting Patient Accounts", 8],
      ["- Duplicate Accounts", 1],
      ["- Likely Duplicate Accounts", 1],
      ["- Duplicate MRN Only", 2],
      ["- Duplicate Name Only", 0],
      [],
      ["Resulting Admins (3)", "Workspace ---", "Email ---"],
      ["Ad Min", "North", "north@people.test"],
      ["Ad Min", "South", "south@people.test"],
      ["", "South", "invited@people.test"],
      [],
      [
        "Resulting Members (1)",
        "Workspace ---",
        "Email ---",
        "Downgrade (Only if the person is an Admin at Workspace 1 but a Member at Workspace 2) ----",
      ],
      ["una", "North, South", "una@people.test", "Yes"],
      [],
      ["Pending Invites (1)", "Workspace ---"],
      [1, "South"],
      [],
      ["Resulting Tags (2) ---", "Workspace ---", "Merge ---"],
      ["A", "North"],
      ["BB", "North, South", "Yes"],
      [],
      ["Resulting Sites (3) ---", "Workspace ---", "Action ---"],
      ["=East", "South", "Retain"],
      ["MAIN", "South", "Retain"],
      ["Main (2)", "North", "Rename"],
    ]);
    expect(book.extras).toEqual([]);
    for (const name of book.names) expect(book.widths(name)[0]).toBe(50);
    expect(book.widths("Patients in Source Clinic").slice(1)).toEqual([13, 12, 12, 9, 10, 11, 21]);
  });

  test("has the patients of each clinic in the order in which they were made, the demo patient left out", () => {
    const book = readWorkbook(answer.bytes);
    const heading = [["Name ---", "Claimed ---", ...PATIENT], []];
    expect(book.rows("Patients in Source Clinic")).toEqual([
      ...heading,
      p1(),
      p2(),
      claimed("Only Here", ids.p4!, "1990-01-01", "", "", "", "2025-12-31 23:59:59"),
      p5(),
    ]);
    expect(book.rows("Patients in Target Clinic")).toEqual([
      ...heading,
      claimed("Bo Two", ids.p2!, "", "21", "", "=East, MAIN"),
      p3(),
      p6(),
      claimed("KIM ", ids.p7!),
      claimed("=1+1", ids.p8!, "1980-01-31"),
    ]);
  });

  const duplicatesHead = (clinic: string) => [
    [clinic],
    ["Review Possible Duplicates"],
    ...Array.from({ length: 4 }, () => [expect.stringMatching(/\w+/)]),
    [],
    [
      "",
      "Name ---",
      "Claimed? ---",
      ...PATIENT,
      "Likely Duplicates ---",
      "Name Only Matches ---",
      "MRN Only Matches ---",
    ],
  ];
  /** A member of a group with whom they are linked to. */
  const member = (cells: readonly string[], likely: string, nameOnly: string, mrnOnly: string) =>
    withoutEmpty(["", ...Array.from({ length: 8 }, (_, i) => cells[i] ?? ""), likely, nameOnly, mrnOnly]);

  test("has groups of possible duplicates within each clinic", () => {
    const book = readWorkbook(answer.bytes);
    expect(book.rows("Duplicates in Source Clinic")).toEqual([
      ...duplicatesHead("North"),
      ["Review 1"],
      member(p1(), "", "", ids.p5!),
      member(p2(), "", ids.p5!, ""),
      member(p5(), "", ids.p2!, ids.p1!),
    ]);
    expect(book.rows("Duplicates in Target Clinic")).toEqual([
      ...duplicatesHead("South"),
      ["Review 1"],
      member(p6(), "", ids.p7!, ""),
      member(claimed("KIM ", ids.p7!), "", ids.p6!, ""),
    ]);
    expect(book.rows("Duplicates in Source Clinic")[5]![0]).toBe("Each patient appears once, in one group.");
    expect(book.rows("Duplicates in Source Clinic")[4]![0]).toContain("https://app.tidepool.org/patients/<id>/data");
  });

  test("has every source patient who may be in the target already", () => {
    const book = readWorkbook(answer.bytes);
    expect(book.rows("Duplicates in Merged Workspace")).toEqual([
      ["MERGED WORKSPACE PATIENT REVIEW"],
      ...Array.from({ length: 3 }, () => [expect.stringMatching(/\w+/)]),
      [],
      ["", "Status ---", "Original Workspace ---", "Name ---", "Claimed ---", ...PATIENT],
      ["Patient 1", "(retained)", "North", ...p1("Main (2)")],
      ["", "Review likely duplicate(s)"],
      ["", "(retained)", "South", ...p3()],
      ["", "Review duplicate MRN"],
      ["", "(retained)", "South", ...p6()],
      [],
      ["Patient 2", "(combined)", "North", ...p2("Main (2)")],
      ["", "Exact Match: Results in one claimed account"],
      ["", "(result)", "", ...claimed("Bo Two", ids.p2!, "", "21", "BB", "=East, MAIN, Main (2)")],
      ["", "(combined)", "South", ...claimed("Bo Two", ids.p2!, "", "21", "", "=East, MAIN")],
      [],
      ["Patient 3", "(retained)", "North", ...p5()],
      ["", "Review duplicate MRN"],
      ["", "(retained)", "South", ...p6()],
    ]);
  });

  test("is the same bytes when nothing has changed", async () => {
    expect((await report()).bytes).toEqual(answer.bytes);
  });

  test("says why a merge can't be done, each reason once, and marks whom it is about", async () => {
    await south!.service.put(`${south!.path}/settings/mrn`, { required: true, unique: true });
    await rows("UPDATE clinics SET timezone = 'US/Pacific' WHERE id = ? RETURNING id", north!.clinicId);
    await givenInvite(north!, { email: "late@people.test" });
    const book = readWorkbook((await report()).bytes);
    const [row] = book.rows("Summary").slice(6, 7);
    expect(row).toEqual([
      "Can execute merge plan?",
      "No",
      "No. Settings mismatch; Pending invites in source workspace; Target workspace requires MRNs; " +
        "MRN used more than once in the source workspace, see the sheet Duplicates in Source Clinic",
    ]);
    expect(book.rows("Summary").slice(9, 14)).toEqual([
      ["Partial SSO*", "Yes", "N/A", "N/A"],
      ["MRN Required", "No", "Not Required", "Required"],
      ["MRN Unique", "No", "No", "Yes"],
      ["Glucose Units", "Yes", "mg/dL", "mg/dL"],
      ["Timezone", "No", "US/Pacific"],
    ]);
    expect(
      book.rows("Summary").filter(([, workspace]) => workspace === "North" || workspace === "South"),
    ).toContainEqual([1, "North"]);
    const statuses = book
      .rows("Duplicates in Merged Workspace")
      .filter(([first]) => String(first).startsWith("Patient "));
    expect(statuses.map(([, status]) => status)).toEqual(["(ERROR)", "(combined)", "(ERROR)"]);
  });
});

describe("the document", () => {
  test("is the plan, for who accepts exactly that", async () => {
    const [tag, site] = [await givenTag(north!, "A"), await givenSite(north!, "Main")];
    const other = await givenSite(south!, "main");
    const [one, two] = [newUserId(), newUserId()];
    await givenRows(north!, {
      id: one,
      name: "Jan",
      tags: [tag],
      sites: [site],
      uploads: ["2026-01-02T03:04:05Z", null],
    });
    await givenRows(north!, { id: two, name: "JAN", permissions: 3 });
    await givenRows(south!, { id: one, name: "Jan", birthDate: "1980-01-31", sites: [other] });
    const answer = await unchanging(() => report({ accept: "application/json" }));
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("content-disposition")).toBeNull();
    const ids = { SourceClinicId: north!.clinicId, TargetClinicId: south!.clinicId };
    const names = { SourceClinicName: "North", TargetClinicName: "South" };
    const sourceOne = {
      UserId: one,
      FullName: "Jan",
      BirthDate: null,
      Mrn: null,
      IsCustodial: false,
      Tags: ["A"],
      Sites: ["Main"],
      LatestUpload: "2026-01-02T03:04:05.000Z",
    };
    const sourceTwo = {
      ...sourceOne,
      UserId: two,
      FullName: "JAN",
      IsCustodial: true,
      Tags: [],
      Sites: [],
      LatestUpload: null,
    };
    const targetOne = { ...sourceOne, BirthDate: "1980-01-31", Tags: [], Sites: ["main"], LatestUpload: null };
    const nameOnly = (Patient: object) => ({ "Name Only Match": [{ Category: "Name Only Match", Patient }] });
    const clinician = (clinic: GivenClinic, workspace: string, action: string) => ({
      Clinician: expect.objectContaining({ UserId: clinic.admin.id, Roles: ["CLINIC_ADMIN"] }),
      ClinicianAction: action,
      ResultingRoles: ["CLINIC_ADMIN"],
      Downgraded: false,
      Workspaces: [workspace],
      ...names,
      Error: null,
    });
    const after = { PostMigrationMRNUniqueness: false, CanExecuteAction: true, Error: null };
    expect(answer.body).toEqual({
      CreatedTime: expect.stringMatching(/^\d{4}-/),
      Source: { Id: north!.clinicId, Name: "North" },
      Target: { Id: south!.clinicId, Name: "South" },
      Blocking: [],
      MembershipRestrictionsMergePlan: { SourceValue: "N/A", TargetValue: "N/A" },
      SettingsPlans: [
        { Name: "MRN Required", SourceValue: "Not Required", TargetValue: "Not Required" },
        { Name: "MRN Unique", SourceValue: "No", TargetValue: "No" },
        { Name: "Glucose Units", SourceValue: "mg/dL", TargetValue: "mg/dL" },
        { Name: "Timezone", SourceValue: "", TargetValue: "" },
      ],
      TagsPlans: [{ Name: "A", TagAction: "CREATE", Workspaces: ["North"], Merge: false, ...ids }],
      SitesPlans: [
        {
          Site: { Id: site.id, Name: "Main" },
          SiteAction: "RENAME",
          Workspace: "North",
          ExpectedRename: "Main (2)",
          ...ids,
        },
        { Site: { Id: other.id, Name: "main" }, SiteAction: "RETAIN", Workspace: "South", ExpectedRename: "", ...ids },
      ],
      ClinicianPlans: [clinician(north!, "North", "MOVE"), clinician(south!, "South", "RETAIN")],
      SourcePatientClusters: [
        {
          Patients: [
            { Patient: sourceOne, Conflicts: nameOnly(sourceTwo) },
            { Patient: sourceTwo, Conflicts: nameOnly(sourceOne) },
          ],
        },
      ],
      TargetPatientClusters: [],
      PatientPlans: [
        {
          ...ids,
          ...names,
          PatientAction: "MERGE",
          SourcePatient: sourceOne,
          TargetPatient: targetOne,
          Conflicts: { "Duplicate Accounts": [{ Category: "Duplicate Accounts", Patient: targetOne }] },
          SourceTagNames: ["A"],
          SourceSiteNames: ["Main"],
          MergedSiteNames: ["Main (2)"],
          TargetTagNames: [],
          TargetSiteNames: ["main"],
          PostMigrationTagNames: ["A"],
          PostMigrationSiteNames: ["Main (2)", "main"],
          ...after,
        },
        {
          ...ids,
          ...names,
          PatientAction: "MOVE",
          SourcePatient: sourceTwo,
          TargetPatient: null,
          Conflicts: nameOnly(targetOne),
          SourceTagNames: [],
          SourceSiteNames: [],
          MergedSiteNames: [],
          TargetTagNames: [],
          TargetSiteNames: [],
          PostMigrationTagNames: [],
          PostMigrationSiteNames: [],
          ...after,
        },
        {
          ...ids,
          ...names,
          PatientAction: "MERGE_INTO",
          SourcePatient: null,
          TargetPatient: targetOne,
          Conflicts: {},
          SourceTagNames: [],
          SourceSiteNames: [],
          MergedSiteNames: [],
          TargetTagNames: [],
          TargetSiteNames: ["main"],
          PostMigrationTagNames: [],
          PostMigrationSiteNames: ["main"],
          ...after,
        },
      ],
    });
  });

  test("says what forbids the merge, and whom it is about", async () => {
    await south!.service.put(`${south!.path}/membership_restrictions`, { restrictions: [{ emailDomain: "x.test" }] });
    const set = "UPDATE clinics SET mrn_required = 1 WHERE id IN (?, ?) RETURNING id";
    await rows(set, north!.clinicId, south!.clinicId);
    await givenRows(north!, { id: newUserId() });
    const { Blocking, ClinicianPlans, PatientPlans } = await planOf();
    const messages = [expect.stringContaining("Sign-on restrictions"), "Target workspace requires MRNs"];
    expect(Blocking).toEqual([
      { Reason: "sso-restrictions", Message: messages[0], Count: 1 },
      { Reason: "mrn-missing", Message: messages[1], Count: 1 },
    ]);
    expect(ClinicianPlans[0].Error).toEqual({ Message: messages[0] });
    expect([PatientPlans[0].CanExecuteAction, PatientPlans[0].Error]).toEqual([false, { Message: messages[1] }]);
  });
});

describe("a report of many patients", () => {
  const MANY = 5500;
  /** Patients with ids in another order than that of their making, called after their number or all the same. */
  const many = (clinic: GivenClinic, prefix: string, count: number, name: string | null = null) =>
    env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO patients (clinic_id, user_id, full_name, mrn_unique, search_rest, tags, sites, reviews, is_migrated, is_demo,
         counts_to_plan, cgm_has_other_periods, bgm_has_other_periods, version, created_at, updated_at)
       SELECT ?, ? || printf('-0000-4000-8000-%012x', (i * 7919) % 1000003), coalesce(?, 'Patient ' || i), 0, '', '[]', '[]', '[]', 0, 0, 1, 0,
         0, 1, 1, 1 FROM n`,
    )
      .bind(count, clinic.clinicId, prefix, name)
      .run();

  test("reads every one once, in a round trip a page; of very many matches it lists some and says how many more", async () => {
    await many(north!, "aaaaaaaa", MANY);
    await many(south!, "bbbbbbbb", 60, "Patient 1");
    const answer = await report();
    expect([answer.status, answer.calls]).toEqual([200, 2]);
    expect(answer.rowsRead).toBeLessThan(1.1 * (MANY + 60) + 60);
    const book = readWorkbook(answer.bytes);
    const summary = new Map(book.rows("Summary").map(([name, count]) => [name, count]));
    expect(summary.get("Resulting Patient Accounts")).toBe(MANY + 60);
    expect(summary.get("- Duplicate Name Only")).toBe(60);
    const listed = book
      .rows("Patients in Source Clinic")
      .slice(2)
      .map((row) => row[2]);
    const made = await rows<{ user_id: string }>(
      "SELECT user_id FROM patients WHERE clinic_id = ? AND is_demo = 0 ORDER BY key",
      north!.clinicId,
    );
    expect(listed).toHaveLength(MANY);
    expect(listed.findIndex((id, i) => id !== made[i]?.user_id)).toBe(-1);
    const links = String(book.rows("Duplicates in Target Clinic")[9]![10]).split(", ");
    expect([links.length, links.at(-1)]).toEqual([51, "and 9 more"]);
    const merged = book.rows("Duplicates in Merged Workspace").slice(6);
    expect(merged.map((row) => row.slice(0, 3))).toEqual([
      ["Patient 1", "(retained)", "North"],
      ["", "Review duplicate name"],
      ...Array.from({ length: 50 }, () => ["", "(retained)", "South"]),
      ["", "and 10 more"],
    ]);
  });

  test("is audited as a reading of every patient in both clinics, in messages a queue takes", async () => {
    await many(north!, "aaaaaaaa", MANY);
    const both = newUserId();
    await givenRows(north!, { id: both });
    await givenRows(south!, { id: both });
    const batches: { body: { clinicId: string; patientIds: string[]; outcome: string } }[][] = [];
    const AUDIT_QUEUE = { sendBatch: async (batch: (typeof batches)[0]) => void batches.push(batch) };
    const { service, path } = south!;
    const answer = await send("POST", `${path}/${MERGE}`, {
      token: service.token,
      body: { sourceId: north!.clinicId },
      through: servedIn({ AUDIT_QUEUE }),
    });
    expect(answer.status).toBe(200);
    await vi.waitFor(() => expect(batches).toHaveLength(2));
    const size = (of: unknown) => new TextEncoder().encode(JSON.stringify(of)).length;
    const messages = batches.flat().map(({ body }) => body);
    for (const batch of batches) expect(size(batch)).toBeLessThan(256_000);
    for (const message of messages) expect(size(message)).toBeLessThan(128_000);
    expect(new Set(messages.map(({ outcome }) => outcome))).toEqual(new Set(["read"]));
    const read = (clinicId: string) => messages.filter((it) => it.clinicId === clinicId).flatMap((it) => it.patientIds);
    expect(read(south!.clinicId)).toEqual([both]);
    expect(new Set(read(north!.clinicId)).size).toBe(MANY + 1);
  });
});
