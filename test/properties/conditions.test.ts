import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Answer,
  type GivenClinic,
  givenAccount,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  person,
} from "../harness.ts";
import { statsWith } from "../summaries.ts";
import { cases } from "./size.ts";

/**
 * A tag stands for the bytes of one answer: whatever happens to a clinic, two answers with the same tag are the same, and a
 * condition is answered with 304 exactly when the whole answer would have that tag.
 */

const HISTORIES = cases(60, 6);
const LENGTH_MAX = 12;

const step = fc.record({
  what: fc.constantFrom(
    "rename the patient",
    "rename the site",
    "delete the site",
    "tag the patient",
    "add a tag",
    "delete the tag",
    "a summary",
    "no summary",
    "a review",
    "no review",
    "another patient",
    "delete the patient and make one again",
    "rename the clinic",
    "another member",
    "settings",
    "data sources",
    "nothing",
  ),
  n: fc.nat(3),
});

interface World {
  readonly clinic: GivenClinic;
  readonly account: { readonly id: string };
  site: { id: string; name: string };
  tag: { id: string; name: string };
}

const patientOf = (world: World, n: number, more: object = {}) => ({
  fullName: `Patient ${n}`,
  birthDate: "1980-01-31",
  sites: [world.site],
  ...more,
});

async function take(world: World, { what, n }: { what: string; n: number }): Promise<void> {
  const { clinic, account } = world;
  const { admin, service, path } = clinic;
  const patient = `${path}/patients/${account.id}`;
  const DO: Record<string, () => Promise<unknown>> = {
    "rename the patient": () => admin.put(patient, patientOf(world, n)),
    "rename the site": () => admin.put(`${path}/sites/${world.site.id}`, { name: `Site ${n}` }),
    "delete the site": async () => {
      await admin.delete(`${path}/sites/${world.site.id}`);
      world.site = await givenSite(clinic);
    },
    "tag the patient": () => admin.put(patient, patientOf(world, n, { tags: n % 2 === 0 ? [world.tag.id] : [] })),
    "add a tag": () => givenTag(clinic),
    "delete the tag": async () => {
      await admin.delete(`${path}/patient_tags/${world.tag.id}`);
      world.tag = await givenTag(clinic);
    },
    "a summary": async () => {
      const cgmStats = await statsWith("cgm", { timeInTargetPercent: n / 4, totalRecords: 4000 });
      await service.post(`/v1/patients/${account.id}/summary`, { cgmStats });
    },
    "no summary": async () => {
      const { body } = await service.get(patient);
      const id = body?.summary?.cgmStats?.id as string | undefined;
      if (id !== undefined) await service.delete(`/v1/summaries/${id}/clinics`);
    },
    "a review": () => admin.put(`${patient}/reviews`),
    "no review": () => admin.delete(`${patient}/reviews`),
    "another patient": () => givenPatient(clinic, { fullName: `Another ${n}` }),
    "delete the patient and make one again": async () => {
      await admin.delete(patient);
      await service.post(patient, { permissions: { view: {} } });
    },
    "rename the clinic": () => admin.put(path, { name: `Clinic ${n}`, preferredBgUnits: "mg/dL" }),
    "another member": async () => {
      const { id } = await person();
      await service.post(`${path}/clinicians`, {
        id,
        email: `${id}@people.test`,
        name: `N ${n}`,
        roles: ["CLINIC_MEMBER"],
      });
    },
    settings: () => service.put(`${path}/settings/mrn`, { required: false, unique: n > 1 }),
    "data sources": () =>
      service.put(`/v1/patients/${account.id}/data_sources`, [
        { providerName: "dexcom", state: n % 2 === 0 ? "connected" : "pending" },
      ]),
    nothing: async () => {},
  };
  await DO[what]!();
}

test(`a tag stands for one answer, in ${HISTORIES} histories`, { timeout: 600_000 }, async () => {
  let known = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: LENGTH_MAX }), async (steps) => {
      const clinic = await givenClinic();
      const site = await givenSite(clinic);
      const tag = await givenTag(clinic);
      const account = await givenAccount();
      const shared = await clinic.service.post(`${clinic.path}/patients/${account.id}`, { permissions: { view: {} } });
      expect(shared.status).toBe(200);
      const world: World = { clinic, account: { id: account.id }, site, tag };
      const { path } = clinic;
      const urls = [
        path,
        `${path}/patients/${account.id}`,
        `${path}/patients`,
        `${path}/patients?limit=1&offset=1`,
        `${path}/patients?sort=-fullName&sortType=cgm`,
        `${path}/patients?search=another`,
        `${path}/clinicians`,
        `${path}/settings/mrn`,
        `/v1/patients/${account.id}/clinics`,
      ];
      const meant = new Map<string, string>();
      const latest = new Map<string, string>();
      for (const next of steps) {
        await take(world, next);
        await Promise.all(
          urls.map(async (url) => {
            const who = url.startsWith("/v1/patients/") ? clinic.service : clinic.admin;
            const before = latest.get(url);
            const conditional = before && (await who.get(url, { "if-none-match": before }));
            const whole: Answer = await who.get(url);
            if (whole.status === 404) return;
            const now = whole.headers.get("etag")!;
            expect(meant.get(url + now) ?? whole.text, `${next.what}: ${url}`).toBe(whole.text);
            meant.set(url + now, whole.text);
            latest.set(url, now);
            if (!conditional) return;
            expect(conditional.headers.get("etag")).toBe(now);
            expect([conditional.status, conditional.text]).toEqual(before === now ? [304, ""] : [200, whole.text]);
            if (conditional.status === 304) known += 1;
          }),
        );
      }
    }),
    { numRuns: HISTORIES },
  );
  expect(known).toBeGreaterThan(HISTORIES);
});
