import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  rows,
  send,
  UNKNOWN_ID,
} from "../../../../test/harness.ts";
import { servedIn } from "../../../../test/served-in.ts";
import { sweepReports } from "../../../../test/sweep-reports.ts";

let clinic: GivenClinic;
let path: string;
let report: { id: string; size: number; sha256: string };
let whole: Uint8Array;
beforeAll(async () => {
  clinic = await givenClinic();
  const patient = await givenPatient(clinic);
  const reports = `${clinic.path}/patients/${patient.id}/reports`;
  report = (await clinic.member.post(reports)).body;
  path = `${reports}/${report.id}`;
  const object = await env.REPORTS.get(`reports/${report.id}.pdf`);
  whole = new Uint8Array(await object!.arrayBuffer());
});

const headersOf = ({ headers }: { headers: Headers }, ...names: string[]) => names.map((name) => headers.get(name));

describe("GetPatientReport", () => {
  test("gives the bytes with all that a browser needs, and no name of anybody", async () => {
    const answer = await clinic.member.get(path);
    expect([answer.status, answer.bytes]).toEqual([200, whole]);
    expect(headersOf(answer, "content-type", "etag", "accept-ranges", "cache-control", "content-length")).toEqual([
      "application/pdf",
      `"${report.sha256}"`,
      "bytes",
      "no-store",
      String(report.size),
    ]);
    expect(answer.headers.get("content-disposition")).toMatch(
      /^attachment; filename="glucose-report-\d{4}-\d\d-\d\d\.pdf"$/,
    );
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each([
    ["bytes=0-4", 0, 5],
    ["bytes=-10", -10, undefined],
    ["bytes=5-", 5, undefined],
  ])("gives the part %s", async (range, from, until) => {
    const answer = await clinic.member.get(path, { range });
    expect([answer.status, answer.bytes]).toEqual([206, whole.slice(from, until)]);
    const start = from < 0 ? whole.length + from : from;
    const end = (until ?? whole.length) - 1;
    expect(answer.headers.get("content-range")).toBe(`bytes ${start}-${end}/${whole.length}`);
  });

  test.each(["bytes=0-1,3-4", "bytes=9-1", "pages=1", "bytes=", "bytes=0-1;x"])("gives all for %s", async (range) => {
    expect((await clinic.member.get(path, { range })).status).toBe(200);
  });

  test.each(["bytes=0-4", "bytes=999999999-"])("tells of the whole to HEAD for %s", async (range) => {
    const answer = await clinic.member.send("HEAD", path, undefined, { range });
    expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
    expect(headersOf(answer, "content-range", "content-length")).toEqual([null, String(report.size)]);
  });

  test("refuses a range beyond the end, and says how long it is", async () => {
    const answer = await clinic.member.get(path, { range: "bytes=99999999-" });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([416, `bytes */${report.size}`]);
  });

  test("gives nothing to who has it, and refuses another state", async () => {
    const etag = `"${report.sha256}"`;
    for (const given of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const answer = await clinic.member.get(path, { "if-none-match": given });
      expect([answer.status, answer.bytes.length, answer.headers.get("etag")]).toEqual([304, 0, etag]);
    }
    expect((await clinic.member.get(path, { "if-none-match": "a malformed tag" })).status).toBe(200);
    expect((await clinic.member.get(path, { "if-match": '"x"' })).status).toBe(412);
    expect((await clinic.member.get(path, { range: "bytes=0-4", "if-range": etag })).status).toBe(206);
    expect((await clinic.member.get(path, { range: "bytes=0-4", "if-range": '"x"' })).status).toBe(200);
  });

  test.each([
    [200, {}],
    [206, { range: "bytes=0-4" }],
    [304, { "if-none-match": "*" }],
    [412, { "if-match": '"x"' }],
    [416, { range: "bytes=99999999-" }],
  ])("lets a page of a known origin read a %i and its headers", async (status, conditions) => {
    const origin = "https://app.test";
    const answer = await send("GET", path, {
      token: clinic.member.token,
      through: servedIn({ CORS_ORIGINS: origin }),
      headers: { origin, ...conditions },
    });
    expect([answer.status, ...headersOf(answer, "access-control-allow-origin")]).toEqual([status, origin]);
    expect(headersOf(answer, "access-control-expose-headers")[0]?.toLowerCase()).toContain("etag");
  });

  test("lets the patient read it, and nobody else's", async () => {
    const self = await givenAccount();
    await clinic.service.post(`${clinic.path}/patients/${self.id}`, { permissions: { view: {} } });
    const reports = `${clinic.path}/patients/${self.id}/reports`;
    const { id } = (await clinic.member.post(reports)).body;
    expect((await self.get(`${reports}/${id}`)).status).toBe(200);
    expect((await self.get(reports)).body).toHaveLength(1);
    expect((await self.get(`${reports}/${report.id}`)).status).toBe(404);
    expect((await self.get(path)).status).toBe(403);
    expect((await self.post(reports)).status).toBe(403);
  });

  test("refuses a report of another patient or clinic, and one that is not there", async () => {
    const other = await givenClinic();
    const patient = await givenPatient(other);
    expect((await clinic.member.get(path.replace(report.id, UNKNOWN_ID))).status).toBe(404);
    const elsewhere = await other.member.get(`${other.path}/patients/${patient.id}/reports/${report.id}`);
    expect([elsewhere.status, elsewhere.body.message]).toEqual([404, "report not found"]);
  });

  test("goes with the patient, and its bytes are deleted", async () => {
    const patient = await givenPatient(clinic);
    const reports = `${clinic.path}/patients/${patient.id}/reports`;
    const { id } = (await clinic.member.post(reports)).body;
    await clinic.admin.delete(`${clinic.path}/patients/${patient.id}`);
    expect((await clinic.member.get(`${reports}/${id}`)).status).toBe(404);
    expect(await rows("SELECT state FROM reports WHERE id = ?", id)).toEqual([{ state: "removed" }]);
    await sweepReports();
    expect([await env.REPORTS.head(`reports/${id}.pdf`), await rows("SELECT 1 FROM reports WHERE id = ?", id)]).toEqual(
      [null, []],
    );
    expect(await env.REPORTS.head(`reports/${report.id}.pdf`)).not.toBeNull();
  });

  test("is deleted a year after it was made", async () => {
    const patient = await givenPatient(clinic);
    const { id } = (await clinic.member.post(`${clinic.path}/patients/${patient.id}/reports`)).body;
    await rows("UPDATE reports SET created_at = created_at - 366 * 86400000 WHERE id = ? RETURNING 1", id);
    await sweepReports();
    expect(await env.REPORTS.head(`reports/${id}.pdf`)).toBeNull();
  });
});
