import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  APPLICATION_URL,
  fakeXealth,
  type FakeXealth,
  givenEnrolled,
  somebody,
  xealthClinic,
} from "../../../../test/ehr/fake-xealth.ts";
import { countRows, everythingStored, givenPatient, rows, send } from "../../../../test/harness.ts";

let xealth: FakeXealth;
beforeEach(() => {
  xealth = fakeXealth();
});
afterEach(() => xealth.restore());

const open = (url: string) => send("GET", url.slice(APPLICATION_URL.length), { through: xealth.through });

describe("the link to a patient's reports", () => {
  test("opens them, and is different for everybody", async () => {
    const { clinic, person, id } = await givenEnrolled(xealth);
    const [one, other] = [await xealth.programUrl(clinic, person), await xealth.programUrl(clinic, person)];
    expect([one.status, one.calls]).toEqual([200, 2]);
    const [url, otherUrl] = [new URL(one.body.url), new URL(other.body.url)];
    expect(url.origin + url.pathname).toBe(`${APPLICATION_URL}/v1/xealth/report/web/viewer.html`);
    expect([...url.searchParams.keys()]).toEqual(["clinicId", "patientId", "restricted_token"]);
    expect([url.searchParams.get("clinicId"), url.searchParams.get("patientId")]).toEqual([clinic.clinicId, id]);
    expect(url.searchParams.get("restricted_token")).not.toBe(otherUrl.searchParams.get("restricted_token"));
    for (const { href } of [url, otherUrl, url]) expect((await open(href)).status).toBe(200);
    expect(one.headers.get("cache-control")).toBe("no-store");
  });

  test("is good for an hour, for one patient of one clinic, and for nothing else", async () => {
    const { clinic, person, id } = await givenEnrolled(xealth);
    const other = await givenEnrolled(xealth);
    const url = new URL((await xealth.programUrl(clinic, person)).body.url);
    const token = url.searchParams.get("restricted_token")!;
    const [stored] = await rows<{ lifetime: number }>(
      "SELECT expires_at - created_at AS lifetime FROM restricted_tokens WHERE user_id = ?",
      id,
    );
    expect(stored!.lifetime).toBe(3_600_000);
    for (const [name, value] of [
      ["patientId", other.id],
      ["clinicId", other.clinic.clinicId],
    ] as const) {
      const changed = new URL(url);
      changed.searchParams.set(name, value);
      expect((await open(changed.href)).status).toBe(401);
    }
    for (const path of [`${clinic.path}/patients/${id}`, `${clinic.path}/patients/${id}/reports`]) {
      for (const headers of [{ authorization: `Bearer ${token}` }, { "x-tidepool-session-token": token }] as Record<
        string,
        string
      >[]) {
        expect((await send("GET", path, { headers, through: xealth.through })).status).toBe(401);
      }
    }
    await rows("UPDATE restricted_tokens SET expires_at = ? WHERE user_id = ? RETURNING 1", Date.now() - 1, id);
    expect((await open(url.href)).status).toBe(401);
  });

  test("is stored nowhere, also where it was asked for with an Idempotency-Key", async () => {
    const { clinic, person } = await givenEnrolled(xealth);
    const ask = () =>
      xealth.call(
        "PUT",
        "program",
        { ...JSON.parse(subject), programId: "P1" },
        { authorization: "Bearer xealth-secret", "idempotency-key": "once" },
      );
    const { subjectOf } = await import("../../../../test/ehr/fake-xealth.ts");
    const subject = JSON.stringify(subjectOf(clinic, person));
    const [one, other] = [await ask(), await ask()];
    expect([one.status, other.status]).toEqual([200, 200]);
    const token = new URL(one.body.url).searchParams.get("restricted_token")!;
    expect(other.text).not.toContain(token);
    expect(await everythingStored()).not.toContain(token);
  });
});

describe("no link", () => {
  const NOBODY = "matching get program url request: not found: couldn't find matching patient";
  const NOT_ENROLLED = "matching get program url request: not found: the patient is not enrolled in the program";

  test.each([
    ["for another program", { programId: "P2" }],
    ["without a program", { programId: undefined }],
  ])("%s", async (_, fields) => {
    const { clinic, person } = await givenEnrolled(xealth);
    const answer = await xealth.programUrl(clinic, person, fields);
    expect([answer.status, answer.body.message]).toEqual([404, NOT_ENROLLED]);
  });

  test("of a health system without a clinic, and of one with several", async () => {
    const unknown = await xealth.programUrl({ deployment: "unknown" } as never, somebody());
    expect([unknown.status, unknown.body.message]).toEqual([
      404,
      "matching get program url request: not found: couldn't find matching clinic",
    ]);
    const clinic = await xealthClinic();
    await xealthClinic({ sourceId: clinic.deployment });
    expect((await xealth.programUrl(clinic, somebody())).status).toBe(409);
  });

  test("to somebody unknown, with another birth date, not ordered, or cancelled; nothing is written", async () => {
    const { clinic, person } = await givenEnrolled(xealth);
    const other = somebody();
    await givenPatient(clinic, { fullName: "A", birthDate: other.birthDate, mrn: other.mrn });
    const tokens = () => countRows("restricted_tokens");
    const before = await tokens();
    for (const [who, message] of [
      [somebody(), NOBODY],
      [{ ...person, birthDate: "1985-05-06" }, NOBODY],
      [other, NOT_ENROLLED],
    ] as const) {
      const answer = await xealth.programUrl(clinic, who);
      expect([answer.status, answer.body.message]).toEqual([404, message]);
    }
    await xealth.notify("cancel", clinic, person, xealth.place(clinic, person));
    await xealth.run();
    expect((await xealth.programUrl(clinic, person)).status).toBe(404);
    expect(await tokens()).toBe(before);
    expect(await countRows("xealth_report_views WHERE deployment = ?", clinic.deployment)).toBe(0);
  });

  test("where several patients match", async () => {
    const { clinic, person } = await givenEnrolled(xealth);
    await givenPatient(clinic, { fullName: "B", birthDate: person.birthDate, mrn: person.mrn });
    expect((await xealth.programUrl(clinic, person)).status).toBe(422);
  });
});
