import { exports } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { createPatient } from "../../client/examples/create-patient.ts";
import { addSite } from "../../client/examples/handle-errors.ts";
import { listMyClinics } from "../../client/examples/list-clinics.ts";
import { findLows } from "../../client/examples/page-through-patients.ts";
import { countReadings } from "../../client/examples/query-device-data.ts";
import { rename } from "../../client/examples/save-what-was-seen.ts";
import { signIn } from "../../client/examples/sign-in.ts";
import { createClient, getClinic, getPatient, listPatients, pages, whenChanged } from "../../client/index.ts";
import { add, cbg, DAY_MS, HOUR_MS, openSet } from "../device-data.ts";
import { type Caller, givenClinic, givenPatient, person } from "../harness.ts";
import { givenSummary, statsWith } from "../summaries.ts";

/** The examples of docs/client.md, called against the Worker as it stands. */

const clientOf = (caller: Caller) =>
  createClient({ baseUrl: "http://clinics.test", token: caller.token, fetch: (it) => exports.default.fetch(it) });

test("docs/client.md shows the examples as they are, with the name of the package", () => {
  const shown = import.meta.glob<string>(["../../docs/client.md", "../../client/examples/*.ts"], {
    query: "?raw",
    import: "default",
    eager: true,
  });
  const { "../../docs/client.md": guide = "", ...examples } = shown;
  const blocks = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, block = ""]) => block);
  const files = Object.entries(examples)
    .filter(([name]) => !name.endsWith("/tour.ts"))
    .map(([, text]) => text.replace('"../index.ts"', '"clinics-edge/client"'));
  expect(new Set(blocks)).toEqual(new Set(files));
  expect(blocks.length).toBeGreaterThan(5);
});

test("signs in at a local server", () => {
  expect(signIn("a token").getConfig()).toMatchObject({ baseUrl: "http://localhost:8787" });
});

test("lists one's clinics", async () => {
  const { member } = await givenClinic();
  const { clinicId } = await givenClinic();
  const admin = await person();
  expect(await listMyClinics(clientOf(admin), admin.id)).toEqual([]);
  const [mine] = await listMyClinics(clientOf(member), member.id);
  expect(mine).toMatchObject({ roles: ["CLINIC_MEMBER"] });
  expect(mine!.id).not.toBe(clinicId);
});

describe("pages through patients", () => {
  test("in the order asked for, as far as asked", async () => {
    const clinic = await givenClinic();
    const shares = [0.005, 0.02, 0.05, 0.03];
    const patients = [];
    for (const timeInVeryLowPercent of shares) {
      const patient = await givenPatient(clinic);
      const cgmStats = await statsWith("cgm", { timeInVeryLowPercent });
      await givenSummary(clinic.clinicId, patient.id, { cgmStats });
      patients.push({ id: patient.id, name: patient.fullName });
    }
    const client = clientOf(clinic.member);
    expect(await findLows(client, clinic.clinicId, 2)).toEqual([patients[2], patients[3]]);
    expect(await findLows(client, clinic.clinicId, 9)).toEqual([patients[2], patients[3], patients[1]]);
  });

  test("a page at a time, to the last", async () => {
    const clinic = await givenClinic();
    // Every clinic begins with a demo patient.
    const names = new Set(["Demo Patient"]);
    for (let n = 0; n < 3; n++) names.add((await givenPatient(clinic)).fullName);
    const options = { client: clientOf(clinic.member), path: { clinicId: clinic.clinicId }, query: { limit: 2 } };
    const seen = [];
    for await (const { fullName } of pages(listPatients, options)) seen.push(fullName);
    expect([seen.length, new Set(seen)]).toEqual([4, names]);
  });
});

test("creates a patient once, however often it is asked", async () => {
  const { clinicId, member } = await givenClinic();
  const client = clientOf(member);
  const form = { key: crypto.randomUUID(), name: "Ada Lund", born: "1990-12-01" };
  const ids = [await createPatient(client, clinicId, form), await createPatient(client, clinicId, form)];
  expect(new Set(ids).size).toBe(1);
  const { meta } = await listPatients({ client, path: { clinicId }, query: { search: "Ada Lund" } });
  expect(meta.count).toBe(1);
});

test("handles errors", async () => {
  const { clinicId, admin, member } = await givenClinic();
  const said = vi.spyOn(console, "error").mockReturnValue();
  expect(await addSite(clientOf(admin), clinicId, "North")).toBe("North was added.");
  expect(await addSite(clientOf(admin), clinicId, "north")).toBe("There is a site called north already.");
  expect(await addSite(clientOf(member), clinicId, "South")).toMatch(/^Only an administrator/);
  const offline = createClient({
    baseUrl: "http://clinics.test",
    token: admin.token,
    retries: 0,
    fetch: () => Promise.reject(new TypeError("fetch failed")),
  });
  expect(await addSite(offline, clinicId, "South")).toMatch(/^The service can't be reached/);
  expect(await addSite(clientOf(admin), clinicId, "")).toMatch(/^That did not work: .*name/);
  expect(said.mock.calls).toEqual([["POST /v1/clinics/{clinicId}/sites", 400, 400, expect.stringMatching(/./)]]);
  said.mockRestore();
});

test("queries device data, part after part", async () => {
  const owner = await person();
  const setId = await openSet(owner, owner.id, { dataSetType: "continuous" });
  const now = Date.now();
  const values = Array.from({ length: 1100 }, (_, n) => (n % 10 === 0 ? 3 : 6));
  const readings = values.map((value, n) => cbg(now - HOUR_MS - n * 60_000, value));
  for (const part of [readings.slice(0, 550), readings.slice(550)]) await add(owner, setId, part);
  const client = clientOf(owner);
  expect(await countReadings(client, owner.id, new Date(now - DAY_MS))).toEqual({ readings: 1100, low: 110 });
  expect(await countReadings(client, owner.id, new Date(now))).toEqual({ readings: 0, low: 0 });
});

describe("saves what was seen", () => {
  test("once: after that the record is another, and who saw the first is told", async () => {
    const clinic = await givenClinic();
    const { id: patientId } = await givenPatient(clinic, { fullName: "Ada" });
    const client = clientOf(clinic.member);
    const path = { clinicId: clinic.clinicId, patientId };
    const shown = await whenChanged(getPatient, { client, path });
    expect(shown).toMatchObject({ data: { fullName: "Ada" }, etag: expect.any(String) });
    expect(await rename(client, path, shown!, "Ada Lund")).toBe("The patient is now called Ada Lund.");
    expect(await rename(client, path, shown!, "Eve")).toBe(
      "Somebody has changed the record meanwhile: it is Ada Lund.",
    );
  });

  test("one of many who are as fast", async () => {
    const clinic = await givenClinic();
    const { id: patientId } = await givenPatient(clinic);
    const client = clientOf(clinic.member);
    const path = { clinicId: clinic.clinicId, patientId };
    const shown = await whenChanged(getPatient, { client, path });
    const told = await Promise.all(Array.from({ length: 4 }, (_, i) => rename(client, path, shown!, `Ada ${i}`)));
    expect(told.filter((it) => it.startsWith("The patient is now"))).toHaveLength(1);
  });

  test("an answer that is the same is not sent again; a refusal is one", async () => {
    const clinic = await givenClinic();
    const client = clientOf(clinic.member);
    const path = { clinicId: clinic.clinicId };
    const { etag } = (await whenChanged(getClinic, { client, path }))!;
    expect(await whenChanged(getClinic, { client, path }, etag)).toBeUndefined();
    expect(await whenChanged(getClinic, { client, path }, '"another"')).toMatchObject({ etag });
    const nobody = { clinicId: "0".repeat(24) };
    await expect(whenChanged(getClinic, { client, path: nobody }, etag)).rejects.toMatchObject({ status: 404 });
  });
});
