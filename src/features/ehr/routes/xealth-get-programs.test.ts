import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { summaryAt, upload } from "../../../../test/ehr/fake-redox.ts";
import {
  connectXealth,
  fakeXealth,
  givenEnrolled,
  type FakeXealth,
  patientsWith,
  type Person,
  PROGRAM,
  somebody,
  xealthClinic,
} from "../../../../test/ehr/fake-xealth.ts";
import { countRows, givenPatient } from "../../../../test/harness.ts";
import { connectionsOf } from "../xealth/programs.ts";

let xealth: FakeXealth;
beforeEach(() => {
  xealth = fakeXealth();
});
afterEach(() => xealth.restore());

const ABSENT = { present: false };

describe("the program of a patient", () => {
  test("says what there is to see", async () => {
    const { clinic, person } = await givenEnrolled(xealth);
    const answer = await xealth.programs(clinic, person);
    expect([answer.status, answer.calls]).toEqual([200, 1]);
    expect(answer.body).toEqual({
      present: true,
      programs: [
        {
          title: "Clinics Edge",
          programId: PROGRAM,
          enrolledDate: "2026-03-02",
          hasStatusView: false,
          has_alert: false,
          description: "Last Upload: N/A | Last Viewed by You: N/A | Claimed Account?: No | Cloud Connections: None",
        },
      ],
    });
  });

  test("has an alert until this person has asked for the report, and again after new data", async () => {
    const { clinic, person, id } = await givenEnrolled(xealth);
    await upload(clinic, id, await summaryAt("2026-03-02T08:00:00.000Z"));
    const look = async (userId?: string) => {
      const fields = userId === undefined ? {} : { datasets: { ...demographics(person), ehrUserV1: { userId } } };
      const [program] = (await xealth.programs(clinic, person, fields)).body.programs;
      return [program.hasStatusView, program.has_alert, program.description.split(" | ").slice(0, 2).join(" | ")];
    };
    const today = new Date().toISOString().slice(0, 10);
    expect(await look()).toEqual([true, true, "Last Upload: 2026-03-02 | Last Viewed by You: N/A"]);
    await xealth.programUrl(clinic, person);
    expect(await look()).toEqual([true, false, `Last Upload: 2026-03-02 | Last Viewed by You: ${today}`]);
    expect(await look("another")).toEqual([true, true, "Last Upload: 2026-03-02 | Last Viewed by You: N/A"]);
    const later = new Date(Date.now() + 60_000).toISOString();
    await upload(clinic, id, await summaryAt(later));
    expect((await look())[1]).toBe(true);
  });

  test("has no alert for nobody", async () => {
    const { clinic, person, id } = await givenEnrolled(xealth);
    await upload(clinic, id, await summaryAt());
    await xealth.programUrl(clinic, person, { datasets: demographics(person) });
    expect(await countRows("xealth_report_views WHERE deployment = ?", clinic.deployment)).toBe(0);
    const { programs } = (await xealth.programs(clinic, person, { datasets: demographics(person) })).body;
    expect(programs[0].has_alert).toBe(true);
  });

  test("names the account and the connections", async () => {
    const { clinic, person, id } = await givenEnrolled(xealth, {
      dataSources: [
        { providerName: "dexcom", state: "connected", modifiedTime: "2026-01-02T00:00:00Z" },
        { providerName: "dexcom", state: "error", modifiedTime: "2026-01-03T00:00:00Z" },
        { providerName: "twiist", state: "pendingReconnect" },
      ],
    });
    const claimed = async () => (await xealth.programs(clinic, person)).body.programs[0].description;
    expect(await claimed()).toMatch(
      / \| Claimed Account\?: No \| Cloud Connections: Dexcom \(error\), twiist \(pending reconnect\)$/,
    );
    await clinic.service.delete(`${clinic.path}/patients/${id}/permissions/custodian`);
    expect(await claimed()).toMatch(/ \| Claimed Account\?: Yes \| /);
  });
});

const demographics = ({ given, family, birthDate }: Person) => ({
  demographicsV1: { name: { given: [given], family: [family] }, birthDate },
});

test.each([
  [[], "None"],
  [[{ providerName: "abbott", state: "pending" }], "Abbott (pending)"],
  [
    [
      { providerName: "twiist", state: "connected" },
      { providerName: "dexcom", state: "disconnected" },
      { providerName: "abbott", state: "error" },
    ],
    "Abbott (error), Dexcom (disconnected), twiist (connected)",
  ],
  [
    [
      { providerName: "dexcom", state: "connected", modifiedTime: "2026-01-01T00:00:00.000Z" },
      { providerName: "dexcom", state: "pending" },
    ],
    "Dexcom (connected)",
  ],
  [
    [
      { providerName: "dexcom", state: "pending" },
      { providerName: "dexcom", state: "connected", modifiedTime: "2026-01-01T00:00:00.000Z" },
    ],
    "Dexcom (connected)",
  ],
])("of each provider the source that was modified last is named: %j", (sources, expected) => {
  expect(connectionsOf(sources)).toBe(expected);
});

test.each(["constructor", "toString", "__proto__"])("a program may be called %s", async (programId) => {
  const clinic = await xealthClinic({ procedureCodes: { createAccountAndEnableReports: programId } });
  const person = somebody();
  await givenPatient(clinic, { fullName: "A", birthDate: person.birthDate, mrn: person.mrn });
  await xealth.notify("new", clinic, person, xealth.place(clinic, person), { programId });
  await xealth.run();
  const answer = await xealth.programs(clinic, person);
  expect([answer.status, answer.body.programs[0].programId]).toEqual([200, programId]);
  expect((await xealth.programUrl(clinic, person, { programId })).status).toBe(200);
  expect((await xealth.programs(clinic, person)).body.programs[0].description).not.toContain("Viewed by You: N/A");
});

describe("no program", () => {
  test("of a health system without a clinic", async () => {
    expect((await xealth.programs({ deployment: "unknown" } as never, somebody())).body).toEqual(ABSENT);
  });

  test("of somebody unknown, or with another birth date", async () => {
    const { clinic, person } = await givenEnrolled(xealth);
    expect((await xealth.programs(clinic, somebody())).body).toEqual(ABSENT);
    expect((await xealth.programs(clinic, { ...person, birthDate: "1985-05-06" })).body).toEqual(ABSENT);
  });

  test("of a patient who was not ordered, or whose order was cancelled", async () => {
    const { clinic, person } = await givenEnrolled(xealth);
    const other = somebody();
    await givenPatient(clinic, { fullName: "A", birthDate: other.birthDate, mrn: other.mrn });
    expect((await xealth.programs(clinic, other)).body).toEqual(ABSENT);
    await xealth.notify("cancel", clinic, person, xealth.place(clinic, person));
    await xealth.run();
    expect((await xealth.programs(clinic, person)).body).toEqual(ABSENT);
  });

  test("after the number of the patient was changed, until there is a new order", async () => {
    const { clinic, person, id } = await givenEnrolled(xealth);
    const mrn = `${person.mrn}X`;
    await clinic.service.put(`${clinic.path}/patients/${id}`, { fullName: "A", birthDate: person.birthDate, mrn });
    const renamed = { ...person, mrn };
    expect((await xealth.programs(clinic, renamed)).body).toEqual(ABSENT);
    await xealth.notify("new", clinic, renamed, xealth.place(clinic, renamed));
    await xealth.run();
    expect((await xealth.programs(clinic, renamed)).body.present).toBe(true);
  });

  test("of a clinic that is not connected any more, or a patient who is deleted", async () => {
    const { clinic, person, id } = await givenEnrolled(xealth);
    await xealth.programUrl(clinic, person);
    expect(await countRows("xealth_report_views WHERE deployment = ?", clinic.deployment)).toBe(1);
    await connectXealth(clinic, { sourceId: clinic.deployment, enabled: false });
    expect((await xealth.programs(clinic, person)).body).toEqual(ABSENT);
    await connectXealth(clinic, { sourceId: clinic.deployment });
    expect((await xealth.programs(clinic, person)).body.present).toBe(true);
    await clinic.admin.delete(`${clinic.path}/patients/${id}`);
    expect(await patientsWith(clinic, person)).toEqual([]);
    expect((await xealth.programs(clinic, person)).body).toEqual(ABSENT);
    expect(await countRows("xealth_report_views WHERE deployment = ?", clinic.deployment)).toBe(0);
  });
});

describe("a request for programs is refused", () => {
  test("where the health system has several clinics", async () => {
    const clinic = await xealthClinic();
    await xealthClinic({ sourceId: clinic.deployment });
    expect((await xealth.programs(clinic, somebody())).status).toBe(409);
  });

  test("where several patients match", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    for (const fullName of ["One", "Two"])
      await givenPatient(clinic, { fullName, birthDate: person.birthDate, mrn: person.mrn });
    const answer = await xealth.programs(clinic, person);
    expect([answer.status, answer.body.message]).toEqual([
      422,
      "matching get programs request: constraint violation: multiple matching patients found",
    ]);
  });

  test.each([
    [{ datasets: undefined }, "datasets is required"],
    [{ datasets: {} }, "demographics is required"],
    [{ patientIdentity: {} }, "mrn is missing"],
    [{ deployment: 7 }, "deployment is required"],
  ])("without what is needed: %j", async (fields, message) => {
    const answer = await xealth.programs(await xealthClinic(), somebody(), fields);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      `matching get programs request: bad request: ${message}`,
    ]);
  });
});

test("views are forgotten after a year", async () => {
  const { clinic, person } = await givenEnrolled(xealth);
  await xealth.programUrl(clinic, person);
  await xealth.cron(Date.now() + 360 * 86_400_000);
  expect(await countRows("xealth_report_views WHERE deployment = ?", clinic.deployment)).toBe(1);
  await xealth.cron(Date.now() + 366 * 86_400_000);
  expect(await countRows("xealth_report_views WHERE deployment = ?", clinic.deployment)).toBe(0);
});
