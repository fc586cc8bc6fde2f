import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FRAME_ORIGIN, XEALTH_VARIABLES, xealthClinic } from "../../../../test/ehr/fake-xealth.ts";
import {
  CODES,
  connectedClinic,
  fakeRedox,
  patientWithData,
  summaryAt,
  upload,
} from "../../../../test/ehr/fake-redox.ts";
import {
  givenLinked,
  type Linked,
  orderReports,
  queryOf,
  reportIn,
  tokenOf,
  view,
} from "../../../../test/ehr/viewer.ts";
import { type Answer, givenClinic, givenTag, newUserId, rows, send, UNKNOWN_ID } from "../../../../test/harness.ts";
import { lockPair } from "../../../../test/merge-rows.ts";
import { readPdf } from "../../../../test/pdf.ts";
import { servedIn } from "../../../../test/served-in.ts";
import { PDFJS_LIBRARY, PDFJS_VERSION } from "../viewer/assets.ts";
import { VIEWER_PATH, viewerScope } from "../viewer/link.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const textIn = async ({ text }: Answer): Promise<string> =>
  (await readPdf(reportIn(text))).pages.map((page) => page.text).join("\n");

/** The causes of a patient's stored reports, oldest first. */
const causes = async ({ patient }: Linked): Promise<string[]> =>
  (
    await rows<{ cause: string }>(
      `SELECT r.cause FROM reports r JOIN patients p ON p.key = r.patient_key WHERE p.user_id = ? AND r.state = 'ready'
       ORDER BY r.created_at, r.id`,
      patient.id,
    )
  ).map(({ cause }) => cause);

const requestOf = (query: Record<string, string>) =>
  new Request(`https://clinics.test${VIEWER_PATH}?${new URLSearchParams(query).toString()}`);

/** A refusal is a page with a heading, which tells what to do and whom to ask, and repeats nothing of the request. */
function expectPage(answer: Answer, status: number, title: string): void {
  expect([answer.status, /<h1>(.*)<\/h1>/.exec(answer.text)?.[1]]).toEqual([status, title]);
  expect(answer.headers.get("content-type")).toBe("text/html; charset=UTF-8");
  expect(answer.text).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(answer.text).not.toMatch(/<script|restricted_token|"code"/);
  expect(answer.text).toContain(answer.headers.get("x-request-id"));
  expect(answer.headers.get("x-frame-options")).toBeNull();
}

const NO_LINK = "This link does not work any more";
const INCOMPLETE = "This link is incomplete";
const NOBODY = "There is no such patient here";
const NOT_ORDERED = "Reports are not switched on for this patient";
const NOT_NOW = "The report can&#39;t be shown right now";

describe("ViewPDFReport", () => {
  test("shows a report of the patient in a page that has nothing else of them, and keeps it", async () => {
    const linked = await givenLinked({ fullName: "Nguyễn Thị Ánh" });
    const answer = await view(queryOf(linked));
    expect(answer.status).toBe(200);
    expect(await textIn(answer)).toContain("Nguyễn Thị Ánh");
    expect(answer.text).not.toMatch(/Nguyễn|1990-02-03/);
    for (const secret of [linked.token, linked.patient.mrn, linked.patient.id]) {
      expect(answer.text).not.toContain(secret);
    }
    expect(answer.text).toMatch(/download="glucose-report-\d{4}-\d\d-\d\d\.pdf"/);
    expect(answer.text).toContain(`href="${PDFJS_LIBRARY}"`);
    expect(await causes(linked)).toEqual(["view"]);
  });

  test("shows a page that says so of a patient without data", async () => {
    const answer = await view(queryOf(await givenLinked({}, null)));
    expect([answer.status, await textIn(answer)]).toEqual([200, expect.stringContaining("Insufficient data")]);
  });

  test("shows the report of a patient without a birth date and an MRN", async () => {
    const linked = await givenLinked();
    await rows("UPDATE patients SET birth_date = NULL, mrn = NULL WHERE user_id = ? RETURNING 1", linked.patient.id);
    expect((await view(queryOf(linked))).status).toBe(200);
  });

  test("may be framed by the configured origins alone, is kept by nobody and tells nobody where it came from", async () => {
    const linked = await givenLinked();
    for (const query of [queryOf(linked), {} as Record<string, string>]) {
      const { headers } = await view(query);
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
          `form-action 'none'; frame-ancestors ${FRAME_ORIGIN} https://other-ehr.test`,
      );
      expect(headers.get("x-frame-options")).toBeNull();
      expect([headers.get("referrer-policy"), headers.get("cache-control")]).toEqual(["no-referrer", "no-store"]);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    const { headers } = await view(queryOf(linked), { XEALTH_FRAME_ORIGINS: "" });
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect((await linked.clinic.member.get(linked.clinic.path)).headers.get("x-frame-options")).toBe("SAMEORIGIN");
  });

  test("escapes the names it is configured with", async () => {
    const linked = await givenLinked();
    for (const query of [queryOf(linked), {} as Record<string, string>]) {
      const { text } = await view(query, { PRODUCT_NAME: '<b>"Edge"' });
      expect(text).toContain("&lt;b&gt;&quot;Edge&quot;");
      expect(text).not.toContain("<b>");
    }
  });

  test("loads the version of pdf.js that is installed", () => {
    // The bundler reads the file: tests have no file system.
    const found = import.meta.glob<string>(["../../../../package.json"], {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const { devDependencies } = JSON.parse(Object.values(found)[0]!) as { devDependencies: Record<string, string> };
    expect(devDependencies["pdfjs-dist"]).toBe(PDFJS_VERSION);
  });

  test("records who has looked, and the report that was made", async () => {
    const linked = await givenLinked();
    const sent: { body: Record<string, unknown> }[] = [];
    const AUDIT_QUEUE = { sendBatch: async (messages: typeof sent) => void sent.push(...messages) };
    const answer = await view(queryOf(linked), { AUDIT_QUEUE });
    const who = { actorKind: "service", actorId: "xealth", operation: "ViewPDFReport", outcome: "read" };
    expect(sent.map(({ body }) => body)).toEqual([
      expect.objectContaining({ ...who, clinicId: linked.clinic.clinicId, patientIds: [linked.patient.id] }),
    ]);
    const changed = await rows(
      "SELECT actor_id, operation, patient_id FROM audit_log WHERE request_id = ? AND outcome = 'changed'",
      answer.headers.get("x-request-id"),
    );
    expect(changed).toEqual([{ actor_id: "xealth", operation: "ViewPDFReport", patient_id: linked.patient.id }]);
  });
});

describe("the report that is shown", () => {
  test("is the stored one as long as it shows what is known, in one round trip", async () => {
    const linked = await givenLinked();
    const first = await view(queryOf(linked));
    const again = await view(queryOf(linked));
    expect([first.calls, again.calls]).toEqual([3, 1]);
    expect(reportIn(again.text)).toEqual(reportIn(first.text));
    expect(await causes(linked)).toEqual(["view"]);
  });

  test("is one that somebody else has asked for, unless they wanted it otherwise", async () => {
    const linked = await givenLinked();
    const { clinic, patient } = linked;
    const reports = `${clinic.path}/patients/${patient.id}/reports`;
    const usual = await clinic.member.post(reports);
    await clinic.member.post(reports, { bgUnits: "mmol/L" });
    await clinic.member.post(reports, { reports: ["basics"] });
    const answer = await view(queryOf(linked));
    expect([answer.calls, reportIn(answer.text).length]).toEqual([1, usual.body.size]);
    expect(await causes(linked)).toEqual(["request", "request", "request"]);
  });

  test("is not one that speaks of a flowsheet which another EHR got", async () => {
    const redox = await fakeRedox();
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.order(clinic, patient, CODES.enableSummaryReports);
    redox.restore();
    const connected =
      "UPDATE clinics SET ehr_settings = json_set(ehr_settings, '$.provider', 'xealth') WHERE id = ? RETURNING 1";
    await rows(connected, clinic.clinicId);
    await orderReports(clinic.clinicId, patient.id);
    const linked = { clinic, patient, token: await tokenOf(clinic.clinicId, patient.id) };
    expect([(await view(queryOf(linked))).calls, await causes(linked)]).toEqual([3, ["sync", "view"]]);
  });

  test("stays the same when nothing that it shows has changed", async () => {
    const linked = await givenLinked();
    const { clinic, patient } = linked;
    await view(queryOf(linked));
    const tag = await givenTag(clinic);
    const { fullName, birthDate, mrn } = patient;
    await clinic.member.put(`${clinic.path}/patients/${patient.id}`, { fullName, birthDate, mrn, tags: [tag.id] });
    await orderReports(clinic.clinicId, patient.id);
    expect((await view(queryOf(linked))).calls).toBe(1);
  });

  test.each<[string, (linked: Linked) => Promise<unknown>, string]>([
    [
      "the patient's name",
      ({ clinic, patient }) =>
        clinic.member.put(`${clinic.path}/patients/${patient.id}`, { ...patient, fullName: "Renamed Person" }),
      "Renamed Person",
    ],
    [
      "the clinic's name",
      ({ clinic }) => clinic.admin.put(clinic.path, { name: "Renamed Clinic", preferredBgUnits: "mg/dL" }),
      "Renamed Clinic",
    ],
    [
      "the clinic's units",
      ({ clinic }) => clinic.admin.put(clinic.path, { name: "Clinic", preferredBgUnits: "mmol/L" }),
      "mmol/L",
    ],
    [
      "the clinic's zone",
      ({ clinic }) =>
        clinic.admin.put(clinic.path, { name: "Clinic", preferredBgUnits: "mg/dL", timezone: "US/Pacific" }),
      "US/Pacific",
    ],
    [
      "the data",
      async ({ clinic, patient }) => upload(clinic, patient.id, await summaryAt("2026-04-20T08:00:00.000Z")),
      "2026",
    ],
  ])("is made again after a change of %s", async (_, change, expected) => {
    const linked = await givenLinked();
    const first = await view(queryOf(linked));
    await change(linked);
    const again = await view(queryOf(linked));
    expect([again.status, again.calls]).toEqual([200, 3]);
    expect(reportIn(again.text)).not.toEqual(reportIn(first.text));
    expect(await textIn(again)).toContain(expected);
    expect(await causes(linked)).toEqual(["view", "view"]);
  });

  test("is made again when the stored one can't be read, or is gone", async () => {
    const linked = await givenLinked();
    await view(queryOf(linked));
    const [{ id }] = (await rows<{ id: string }>(
      "SELECT r.id FROM reports r JOIN patients p ON p.key = r.patient_key WHERE p.user_id = ?",
      linked.patient.id,
    )) as [{ id: string }];
    const REPORTS = {
      get: () => Promise.reject(new Error("unreachable")),
      put: (...given: Parameters<R2Bucket["put"]>) => env.REPORTS.put(...given),
    };
    const unread = await view(queryOf(linked), { REPORTS });
    expect([unread.status, await causes(linked)]).toEqual([200, ["view", "view"]]);
    await rows("UPDATE reports SET created_at = created_at + 1 WHERE id = ? RETURNING 1", id);
    await env.REPORTS.delete(`reports/${id}.pdf`);
    await rows("DELETE FROM reports WHERE cause = 'view' AND id <> ? RETURNING 1", id);
    const gone = await view(queryOf(linked));
    expect([gone.status, gone.calls]).toEqual([200, 3]);
  });

  test("is a page that says when to try again, when the store takes and gives nothing", async () => {
    const linked = await givenLinked();
    const down = () => Promise.reject(new Error("unreachable"));
    const answer = await view(queryOf(linked), { REPORTS: { get: down, put: down } });
    expectPage(answer, 503, NOT_NOW);
    expect([answer.headers.get("retry-after"), await causes(linked)]).toEqual(["2", []]);
  });

  test("is a page that says so when it is too large to be shown", async () => {
    const linked = await givenLinked();
    await view(queryOf(linked));
    await rows("UPDATE reports SET size = 8388609 WHERE cause = 'view' RETURNING 1");
    expectPage(await view(queryOf(linked)), 422, "The report is too large to be shown");
  });

  test("can be read, but not be made, while the clinic is being merged", async () => {
    const linked = await givenLinked();
    const { clinicId } = linked.clinic;
    await view(queryOf(linked));
    await lockPair({ sourceId: clinicId, targetId: (await givenClinic()).clinicId });
    expect((await view(queryOf(linked))).status).toBe(200);
    await rows("UPDATE clinics SET name = 'Changed' WHERE id = ? RETURNING 1", clinicId);
    expectPage(await view(queryOf(linked)), 409, "The report can&#39;t be made right now");
  });

  test("is shown to two who ask at once", async () => {
    const linked = await givenLinked();
    const answers = await Promise.all(Array.from({ length: 8 }, () => view(queryOf(linked))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  });
});

describe("a link that opens nothing", () => {
  test.each(["clinicId", "patientId", "restricted_token"])("400 without %s, or with an empty one", async (name) => {
    const { [name]: _, ...rest } = queryOf(await givenLinked());
    expectPage(await view(rest), 400, INCOMPLETE);
    expectPage(await view({ ...rest, [name]: "" }), 400, INCOMPLETE);
  });

  test("400 with ids that are none", async () => {
    const query = queryOf(await givenLinked());
    expectPage(await view({ ...query, clinicId: "<b>" }), 400, INCOMPLETE);
    expectPage(await view({ ...query, patientId: "'" }), 400, INCOMPLETE);
  });

  test("401 with a token that is forged, expired, or another patient's or another clinic's", async () => {
    const linked = await givenLinked();
    const other = await givenLinked({}, null, linked.clinic);
    const elsewhere = await givenLinked();
    const query = queryOf(linked);
    const forged = `${linked.token.slice(0, -1)}${linked.token.endsWith("x") ? "y" : "x"}`;
    const tokens = [forged, "x", "' OR 1=1 --", other.token, elsewhere.token];
    tokens.push(await tokenOf(elsewhere.clinic.clinicId, linked.patient.id));
    for (const token of tokens) expectPage(await view({ ...query, restricted_token: token }), 401, NO_LINK);
    const expired = await tokenOf(linked.clinic.clinicId, linked.patient.id, -1);
    expectPage(await view({ ...query, restricted_token: expired }), 401, NO_LINK);
  });

  test("401 with a session token instead, of a person or of a service", async () => {
    const linked = await givenLinked();
    const { restricted_token: _, ...query } = queryOf(linked);
    for (const { token } of [linked.clinic.admin, linked.clinic.service]) {
      expectPage(await view(query, {}, { token }), 400, INCOMPLETE);
      expectPage(await view({ ...query, restricted_token: token.slice(-200) }, {}, { token }), 401, NO_LINK);
    }
  });

  test("401 rather than 404 where there is nothing, to who has no token", async () => {
    const { token } = await givenLinked();
    expectPage(await view({ clinicId: UNKNOWN_ID, patientId: newUserId(), restricted_token: token }), 401, NO_LINK);
  });

  test("404 when the clinic or the patient is gone", async () => {
    const linked = await givenLinked();
    await linked.clinic.admin.delete(`${linked.clinic.path}/patients/${linked.patient.id}`);
    expectPage(await view(queryOf(linked)), 404, NOBODY);
    const userId = newUserId();
    const query = { clinicId: UNKNOWN_ID, patientId: userId, restricted_token: await tokenOf(UNKNOWN_ID, userId) };
    expectPage(await view(query), 404, NOBODY);
  });

  test("401 when reports are not ordered any more, or the clinic is not connected by Xealth", async () => {
    const linked = await givenLinked();
    const { clinicId } = linked.clinic;
    const settings = "UPDATE clinics SET ehr_settings = json_set(ehr_settings, ?2, json(?3)) WHERE id = ?1 RETURNING 1";
    await rows(settings, clinicId, "$.enabled", "false");
    expectPage(await view(queryOf(linked)), 401, NOT_ORDERED);
    await rows(settings, clinicId, "$.enabled", "true");
    await rows(settings, clinicId, "$.provider", '"redox"');
    expectPage(await view(queryOf(linked)), 401, NOT_ORDERED);
    await rows(settings, clinicId, "$.provider", '"xealth"');
    expect((await view(queryOf(linked))).status).toBe(200);
    await orderReports(clinicId, linked.patient.id, false);
    expectPage(await view(queryOf(linked)), 401, NOT_ORDERED);
  });

  test("401 when reports were never ordered, or the clinic has no EHR", async () => {
    const clinic = await xealthClinic();
    const linked = await givenLinked({}, null, clinic);
    await rows("UPDATE patients SET ehr_subscriptions = NULL WHERE user_id = ? RETURNING 1", linked.patient.id);
    expectPage(await view(queryOf(linked)), 401, NOT_ORDERED);
    await orderReports(clinic.clinicId, linked.patient.id);
    await rows("UPDATE clinics SET ehr_settings = NULL WHERE id = ? RETURNING 1", clinic.clinicId);
    expectPage(await view(queryOf(linked)), 401, NOT_ORDERED);
  });

  test("404 while the integration is switched off", async () => {
    const answer = await view(queryOf(await givenLinked()), { XEALTH_ENABLED: "" });
    expectPage(answer, 404, "Reports can&#39;t be opened here");
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test("503 and 500 are pages, too", async () => {
    const query = queryOf(await givenLinked());
    const failing = (fault: () => Error) => ({
      withSession: () => ({
        prepare: (text: string) => env.DB.prepare(text),
        getBookmark: () => null,
        batch: async () => {
          throw fault();
        },
      }),
    });
    const busy = await view(query, { DB: failing(() => new Error("D1_ERROR: D1 DB is overloaded.")) });
    expectPage(busy, 503, NOT_NOW);
    expect(busy.headers.get("retry-after")).toBe("2");
    const fault = await servedIn({ ...XEALTH_VARIABLES, DB: failing(() => new TypeError("x")) })(requestOf(query));
    expect([fault.status, fault.headers.get("content-type")]).toEqual([500, "text/html; charset=UTF-8"]);
    expect(await fault.text()).toContain(`<h1>${NOT_NOW}</h1>`);
    const unset = await view(query, { AUTH_ISSUER: "" });
    expectPage(unset, 503, NOT_NOW);
    expect(unset.headers.get("retry-after")).toBe("30");
  });

  test("other methods at its path are refused as everywhere", async () => {
    const linked = await givenLinked();
    const { token } = linked.clinic.admin;
    const posted = await view(queryOf(linked), {}, { method: "POST", token });
    expect([posted.status, posted.body]).toEqual([404, { code: 404, message: "method not allowed" }]);
  });
});

describe("the token of a link", () => {
  test("opens no other operation, and no other path", async () => {
    const { clinic, patient, token } = await givenLinked();
    const path = `${clinic.path}/patients/${patient.id}`;
    for (const url of [path, `${path}/reports`, clinic.path, `${path}?restricted_token=${token}`]) {
      expect((await send("GET", url, { token })).status).toBe(401);
      expect((await send("GET", url)).status).toBe(400);
    }
    const bound = exports.InternalApi({ props: { caller: "accounts", scopes: ["findTokenHolder"] } });
    expect(await bound.findTokenHolder({ token, path: "/v1/oauth/dexcom" })).toBeUndefined();
    expect(await bound.findTokenHolder({ token, path: viewerScope(clinic.clinicId, patient.id) })).toBe(patient.id);
  });

  test("is neither logged nor shown, whatever comes of it", async () => {
    const linked = await givenLinked({ fullName: "Zq7Marked Person" });
    const written: string[] = [];
    for (const method of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, method).mockImplementation((...values) => written.push(JSON.stringify(values)));
    }
    const down = () => Promise.reject(new Error(linked.token));
    const answers = [
      await view(queryOf(linked)),
      await view(queryOf(linked), { REPORTS: { get: down, put: down } }),
      await view({ ...queryOf(linked), patientId: newUserId() }),
      await view({ ...queryOf(linked), clinicId: linked.token }),
      await view(queryOf(linked), { XEALTH_ENABLED: "" }),
    ];
    for (const { text, headers } of answers) {
      expect(text).not.toContain(linked.token);
      expect(JSON.stringify([...headers])).not.toContain(linked.token);
    }
    const withSession = () => {
      throw new Error(linked.token);
    };
    const fault = await servedIn({ ...XEALTH_VARIABLES, DB: { withSession } })(requestOf(queryOf(linked)));
    expect([fault.status, await fault.text()]).toEqual([500, expect.not.stringContaining(linked.token)]);
    expect(written.join("\n")).toContain("ViewPDFReport");
    expect(written.join("\n")).not.toContain(linked.token);
    expect(written.join("\n")).not.toMatch(/Zq7Marked/);
  });
});
