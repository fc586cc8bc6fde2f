import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  everythingStored,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  newUserId,
  rows,
  send,
  statuses,
} from "../harness.ts";
import { description } from "../description.ts";
import { servedIn } from "../served-in.ts";
import { statsWith } from "../summaries.ts";

let clinic: GivenClinic;
let patient: string;
beforeAll(async () => {
  clinic = await givenClinic();
  patient = `${clinic.path}/patients/${(await givenPatient(clinic)).id}`;
  await givenPatient(clinic);
});
const tagOf = async (path: string) => (await clinic.admin.get(path)).headers.get("etag")!;
const places = (): readonly string[] => [clinic.path, patient, `${clinic.path}/patients`, `${clinic.path}/clinicians`];
const input = { fullName: "Ada", birthDate: "1980-01-31" };

describe("If-None-Match", () => {
  test.each([0, 1, 2, 3])("gives 304 without a body, in one round trip: %i", async (at) => {
    const path = places()[at]!;
    const whole = await clinic.admin.get(path);
    const etag = whole.headers.get("etag")!;
    const known = await clinic.admin.get(path, { "if-none-match": etag });
    expect([known.status, known.text, known.headers.get("etag"), known.calls]).toEqual([304, "", etag, 1]);
    // The state of a patient is a statement of its own.
    expect(known.rowsRead).toBeLessThanOrEqual(whole.rowsRead + 3);
  });

  test.each([
    ["among others", (tag: string) => `"other", W/"weak", ${tag}`],
    ["weakly", (tag: string) => `W/${tag}`],
    ["any", () => "*"],
  ])("knows the tag %s", async (_name, header) => {
    for (const path of places()) {
      const answer = await clinic.admin.get(path, { "if-none-match": header(await tagOf(path)) });
      expect([path, answer.status]).toEqual([path, 304]);
    }
  });

  test.each([
    '"other"',
    "",
    "no tag",
    '"',
    'W/"',
    "*,*",
    `"${"x".repeat(4000)}"`,
    '"\u00ff~local"',
    '"~"',
    `"${"1.".repeat(30)}"`,
  ])("any other value gives the whole answer: %j", async (value) => {
    for (const path of places()) {
      const answer = await clinic.admin.get(path, { "if-none-match": value });
      expect([path, answer.status, answer.text !== ""]).toEqual([path, 200, true]);
    }
  });

  test("of a hundred tags the first twenty are looked at", async () => {
    const tag = await tagOf(patient);
    const header = (before: number) => [...Array.from({ length: before }, (_, i) => `"${i}~local"`), tag].join(", ");
    const answers = await Promise.all([10, 100].map((n) => clinic.admin.get(patient, { "if-none-match": header(n) })));
    // The answer itself is compared with all of them.
    expect(answers.map(({ status }) => status)).toEqual([304, 304]);
  });

  test("who may not read gets no 304: 403 and 404 come first", async () => {
    for (const path of places().slice(1)) {
      const headers = { "if-none-match": await tagOf(path) };
      expect([path, (await clinic.outsider.get(path, headers)).status]).toEqual([path, 403]);
    }
    const other = await givenClinic();
    const elsewhere = patient.replace(clinic.clinicId, other.clinicId);
    expect((await other.admin.get(elsewhere, { "if-none-match": "*" })).status).toBe(404);
  });

  test("a 304 keeps the headers that browsers and clients need", async () => {
    const origin = "https://app.test";
    const through = servedIn({ CORS_ORIGINS: origin });
    for (const path of places()) {
      const sent = { origin, "x-request-id": "request-1", "if-none-match": await tagOf(path) };
      const answer = await send("GET", path, { through, token: clinic.admin.token, headers: sent });
      expect(answer.status).toBe(304);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "access-control-allow-origin": origin,
        "x-request-id": "request-1",
        "cache-control": "no-store",
        etag: sent["if-none-match"],
      });
      expect(answer.headers.get("access-control-expose-headers")).toContain("etag");
    }
  });

  test("another release has other tags where the state alone is compared", async () => {
    const through = servedIn({ RELEASE: { id: "another-release", tag: "", timestamp: "" } });
    for (const path of [patient, `${clinic.path}/patients`]) {
      const headers = { "if-none-match": await tagOf(path) };
      expect([path, (await send("GET", path, { through, token: clinic.admin.token, headers })).status]).toEqual([
        path,
        200,
      ]);
    }
  });

  test("a table of patients has no tag", async () => {
    const answer = await clinic.admin.get(`${clinic.path}/patients`, { accept: "text/csv", "if-none-match": "*" });
    expect([answer.status, answer.headers.get("etag")]).toEqual([200, null]);
  });

  test("a list in another order or with a filter is told by its patients, too", async () => {
    for (const query of ["sort=-fullName&sortType=cgm", "search=patient", "limit=1&offset=1", "offset=5000"]) {
      const path = `${clinic.path}/patients?${query}`;
      const etag = await tagOf(path);
      expect([query, (await clinic.admin.get(path, { "if-none-match": etag })).status]).toEqual([query, 304]);
    }
  });

  test("the wrong tag costs a page a second round trip, and nothing else one", async () => {
    const calls = await Promise.all(
      places().map(async (path) => (await clinic.admin.get(path, { "if-none-match": '"1.1~local"' })).calls),
    );
    expect(calls).toEqual([1, 1, 1, 1]);
    const list = `${clinic.path}/patients`;
    const stale = (await tagOf(list)).replace(/^"./, (first) => (first === '"A' ? '"B' : '"A'));
    expect((await clinic.admin.get(list, { "if-none-match": stale })).calls).toBe(2);
  });
});

describe("If-Match", () => {
  test("the tag that was read allows one of eight updates at once", async () => {
    const headers = { "if-match": await tagOf(patient) };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => clinic.admin.put(patient, { ...input, fullName: `Ada ${i}` }, headers)),
    );
    expect(statuses(answers)).toEqual([200, ...Array<number>(7).fill(412)]);
    const winner = answers.find(({ status }) => status === 200)!;
    expect((await clinic.admin.get(patient)).body.fullName).toBe(winner.body.fullName);
    const clinicTag = { "if-match": await tagOf(clinic.path) };
    const renames = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        clinic.admin.put(clinic.path, { name: `N ${i}`, preferredBgUnits: "mg/dL" }, clinicTag),
      ),
    );
    expect(statuses(renames)).toEqual([200, ...Array<number>(7).fill(412)]);
  });

  test("412 changes nothing and says why", async () => {
    const before = await everythingStored();
    for (const value of ['"other"', '"0.0~local"', `W/${await tagOf(patient)}`, "no tag"]) {
      const answer = await clinic.admin.put(patient, input, { "if-match": value });
      expect([value, answer.status, answer.body.message]).toEqual([
        value,
        412,
        "precondition failed: the record is not the one of If-Match",
      ]);
    }
    expect(await everythingStored()).toBe(before);
  });

  test("any state is allowed by *, and the record's by its tag of an earlier release", async () => {
    expect((await clinic.admin.put(patient, input, { "if-match": "*" })).status).toBe(200);
    const earlier = (await tagOf(patient)).replace(/~.*"$/, '~earlier"');
    expect((await clinic.admin.put(patient, input, { "if-match": `"other", ${earlier}` })).status).toBe(200);
  });

  test("numbers of patients that changed meanwhile don't keep a clinic from being renamed; a new label does", async () => {
    const tag = await givenTag(clinic);
    const stale = await tagOf(clinic.path);
    await givenPatient(clinic, { tags: [tag.id] });
    expect(await tagOf(clinic.path)).not.toBe(stale);
    const update = { name: "Renamed", preferredBgUnits: "mg/dL" };
    expect((await clinic.admin.put(clinic.path, update, { "if-match": stale })).status).toBe(200);
    const later = await tagOf(clinic.path);
    await givenSite(clinic);
    expect((await clinic.admin.put(clinic.path, update, { "if-match": later })).status).toBe(412);
  });

  test("403 and 404 precede 412; a repeat with a key gets its first answer", async () => {
    const headers = { "if-match": '"other"' };
    expect((await clinic.outsider.put(patient, input, headers)).status).toBe(403);
    expect((await clinic.admin.put(`${clinic.path}/patients/${"0".repeat(10)}`, input, headers)).status).toBe(404);
    const once = { "if-match": await tagOf(patient), "idempotency-key": crypto.randomUUID() };
    const [first, again] = [await clinic.admin.put(patient, input, once), await clinic.admin.put(patient, input, once)];
    expect([first.status, again.status, again.headers.get("idempotent-replayed")]).toEqual([200, 200, "true"]);
  });

  test("a request that would not look at it refuses it, and changes nothing", async () => {
    const site = await givenSite(clinic);
    const answer = await clinic.admin.put(`${clinic.path}/sites/${site.id}`, { name: "New" }, { "if-match": '"x"' });
    expect([answer.status, answer.body.message]).toEqual([
      400,
      'parameter "If-Match" in header has an error: this operation takes none',
    ]);
  });
});

describe("If-None-Match of a request that changes something", () => {
  const update = (path: string, value: string, more: Record<string, string> = {}) =>
    path === patient
      ? clinic.admin.put(path, input, { "if-none-match": value, ...more })
      : clinic.admin.put(path, { name: "Renamed", preferredBgUnits: "mg/dL" }, { "if-none-match": value, ...more });

  test("412 where the record is there at all, or is one of these; nothing is changed", async () => {
    const before = await everythingStored();
    for (const path of [patient, clinic.path]) {
      const tag = await tagOf(path);
      for (const value of ["*", tag, `W/${tag}`, `"other", ${tag}`, tag.replace(/~.*"$/, '~earlier"')]) {
        const answer = await update(path, value);
        expect([path, value, answer.status, answer.body.message]).toEqual([
          path,
          value,
          412,
          "precondition failed: the record is one of If-None-Match",
        ]);
      }
    }
    expect(await everythingStored()).toBe(before);
  });

  test("is no obstacle where it names other states, and does not replace If-Match", async () => {
    for (const path of [patient, clinic.path]) {
      expect((await update(path, '"other", W/"1.1~local"')).status).toBe(200);
      expect((await update(path, '"other"', { "if-match": '"other"' })).body.message).toContain("not the one of");
      expect((await update(path, '"other"', { "if-match": await tagOf(path) })).status).toBe(200);
    }
  });

  test("403 and 404 precede 412", async () => {
    expect((await clinic.outsider.put(patient, input, { "if-none-match": "*" })).status).toBe(403);
    const nobody = `${clinic.path}/patients/${"0".repeat(10)}`;
    expect((await clinic.admin.put(nobody, input, { "if-none-match": "*" })).status).toBe(404);
  });

  test("is refused where nothing would look at it, and nothing is made", async () => {
    const before = await everythingStored();
    const made = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
    const site = { name: "New" };
    const headers = { "if-none-match": "*" };
    for (const answer of [
      await clinic.admin.post(`${clinic.path}/patients`, made, headers),
      await clinic.service.post(`${clinic.path}/patients/${newUserId()}`, {}, headers),
      await clinic.admin.post(`${clinic.path}/sites`, site, headers),
      await clinic.admin.delete(patient, headers),
    ]) {
      expect([answer.status, answer.body.message]).toEqual([
        400,
        'parameter "If-None-Match" in header has an error: this operation takes none',
      ]);
    }
    expect(await everythingStored()).toBe(before);
  });
});

describe("after the database was restored to an earlier minute", () => {
  const lost = { fullName: "Of the lost minutes", birthDate: "1980-01-31" };
  /** Makes a patient, and the periods of both summaries, what they are now. */
  const restoring = async (userId: string) => {
    const [found] = await rows<{ key: number }>("SELECT * FROM patients WHERE user_id = ?", userId);
    const tables = ["cgm_periods", "bgm_periods"] as const;
    const periods = await Promise.all(
      tables.map((table) => rows(`SELECT * FROM ${table} WHERE patient_key = ?`, found!.key)),
    );
    return async () => {
      const columns = Object.keys(found!);
      const set = `UPDATE patients SET (${columns.join()}) = (${columns.map(() => "?").join()}) WHERE key = ? RETURNING 1`;
      await rows(set, ...Object.values(found!), found!.key);
      for (const [i, table] of tables.entries()) {
        await rows(`DELETE FROM ${table} WHERE patient_key = ? RETURNING 1`, found!.key);
        for (const row of periods[i]!) {
          const values = Object.keys(row).map((name) => `value ->> '$.${name}'`);
          const text = `INSERT INTO ${table} (${Object.keys(row).join()}) SELECT ${values.join()} FROM json_each(?) RETURNING 1`;
          await rows(text, JSON.stringify([row]));
        }
      }
    };
  };
  const later = async () => {
    await scheduler.wait(5);
  };

  test("a tag of what is gone stands for no other record, and lets nobody overwrite one", async () => {
    for (const change of [
      () => clinic.admin.put(patient, lost),
      // A review is no change of the record's time.
      () => clinic.admin.put(`${patient}/reviews`),
    ]) {
      const id = patient.split("/").at(-1);
      await clinic.admin.put(patient, input);
      const [before] = await rows("SELECT * FROM patients WHERE user_id = ?", id);
      await later();
      expect((await change()).status).toBe(200);
      const list = `${clinic.path}/patients`;
      const tags = new Map(await Promise.all([patient, list].map(async (path) => [path, await tagOf(path)] as const)));
      const columns = Object.keys(before!);
      const values = columns.map(() => "?").join();
      await rows(
        `UPDATE patients SET (${columns.join()}) = (${values}) WHERE user_id = ? RETURNING 1`,
        ...Object.values(before!),
        id,
      );
      await later();
      expect((await clinic.admin.put(patient, { ...input, fullName: "Of now" })).status).toBe(200);
      for (const [path, tag] of tags) {
        const answer = await clinic.admin.get(path, { "if-none-match": tag });
        expect([path, answer.status, answer.text.includes("Of now")]).toEqual([path, 200, true]);
      }
      expect((await clinic.admin.put(patient, lost, { "if-match": tags.get(patient)! })).status).toBe(412);
    }
  });

  test("nor does one of a change that leaves the time of the record alone", async () => {
    const patientId = patient.split("/").at(-1)!;
    const cgmStats = { ...(await statsWith("cgm", {})), id: "65f0c2a1b3d4e5f601234501" };
    const bgmStats = { ...(await statsWith("bgm", {})), id: "65f0c2a1b3d4e5f601234502" };
    const remove = (stats: { id: string }) => clinic.service.delete(`/v1/summaries/${stats.id}/clinics`);
    const changes: readonly (() => Promise<Answer>)[] = [
      () => remove(cgmStats),
      () => remove(bgmStats),
      () => clinic.admin.delete(`${patient}/reviews`),
    ];
    await clinic.admin.put(`${patient}/reviews`);
    await later();
    const given = await clinic.service.post(`/v1/patients/${patientId}/summary`, { cgmStats, bgmStats });
    expect(given.status, given.text).toBe(200);
    const restore = await restoring(patientId);
    const lists = ["", "?sort=-fullName&sortType=cgm"].map((query) => `${clinic.path}/patients${query}`);
    for (const gone of changes) {
      expect((await gone()).status).toBeLessThan(300);
      const tags = await Promise.all([patient, ...lists].map(async (path) => [path, await tagOf(path)] as const));
      await restore();
      for (const change of changes.filter((it) => it !== gone)) {
        expect((await change()).status).toBeLessThan(300);
        for (const [path, tag] of tags)
          expect([path, (await clinic.admin.get(path, { "if-none-match": tag })).status]).toEqual([path, 200]);
        await restore();
      }
    }
  });

  test("nor a clinic", async () => {
    const named = (name: string) => ({ name, preferredBgUnits: "mg/dL" });
    const [before] = await rows<{ name: string; version: number; updated_at: number }>(
      "SELECT name, version, updated_at FROM clinics WHERE id = ?",
      clinic.clinicId,
    );
    await later();
    await clinic.admin.put(clinic.path, named("Of the lost minutes"));
    const tag = await tagOf(clinic.path);
    const { name, version, updated_at } = before!;
    await rows(
      "UPDATE clinics SET name = ?, version = ?, updated_at = ? WHERE id = ? RETURNING 1",
      name,
      version,
      updated_at,
      clinic.clinicId,
    );
    await later();
    await clinic.admin.put(clinic.path, named("Of now"));
    expect((await clinic.admin.put(clinic.path, named("A stale form"), { "if-match": tag })).status).toBe(412);
    expect((await clinic.admin.get(clinic.path, { "if-none-match": tag })).body.name).toBe("Of now");
  });
});

test("every record and list of a clinic has tags", () => {
  const without = Object.entries(description.paths ?? {}).flatMap(([path, { get }]) =>
    get && path.startsWith("/v1/clinics/{clinicId}") && !("304" in get.responses!) ? [get.operationId] : [],
  );
  expect(without.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(WITHOUT_TAGS);
});

/** What is asked for once, or is computed for the moment. */
const WITHOUT_TAGS = [
  "GetClinicianInvite",
  "GetInvitedClinician",
  "GetMigration",
  "GetPatientMerge",
  "ListClinicAudit",
  "ListDuplicatePatients",
  "ListMigrations",
  "ListPatientAudit",
  "ListPatientMerges",
  "TideReport",
];

test("tests run as a release", () => {
  expect(typeof (env as { RELEASE?: { id: string } }).RELEASE?.id).toBe("string");
});
