import fc from "fast-check";
import { expect, test } from "vitest";
import { type Answer, type GivenClinic, givenAccount, givenClinic, newUserId, person, send } from "../harness.ts";
import { givenPatientInvitation } from "../patient-invitations.ts";
import { merge } from "../patient-merges.ts";
import { cases } from "./size.ts";

/**
 * The limit of patients against a model: whatever happens to a clinic, a custodial patient is refused exactly when the plan
 * is full, nobody else is, and the numbers are those of the model and of a recount.
 */

const HISTORIES = cases(120, 10);
const [LENGTH_MIN, LENGTH_MAX] = [12, 30];
const DAY_MS = 86_400_000;

const twiist = fc.constantFrom(false, false, true);
const mostly = <T>(usual: T, ...others: T[]) => fc.constantFrom(usual, usual, usual, usual, ...others);
const who = fc.nat({ max: 20 });
const step = fc.oneof(
  { weight: 9, arbitrary: fc.record({ what: fc.constant("create" as const), twiist }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("link" as const), isCustodial: fc.boolean() }) },
  fc.record({ what: fc.constant("link again" as const), who }),
  fc.record({ what: fc.constant("accept" as const) }),
  fc.record({ what: fc.constant("delete" as const), who }),
  fc.record({ what: fc.constant("claim" as const), who }),
  fc.record({ what: fc.constant("take back all" as const), who }),
  { weight: 2, arbitrary: fc.record({ what: fc.constant("sources of the record" as const), who, twiist }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("sources of the user" as const), who, twiist }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("merge" as const), who, other: who }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("undo" as const) }) },
  fc.record({ what: fc.constant("remove the account" as const), who }),
  fc.record({ what: fc.constant("tier" as const), tier: mostly("tier0100", "tier0300") }),
  fc.record({ what: fc.constant("country" as const), country: mostly("US", "us", "CA") }),
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("limit" as const),
      plan: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 6 }),
      startDays: fc.option(fc.constantFrom(-2, -1, 1), { freq: 2 }),
      endDays: fc.option(fc.constantFrom(-1, 1, 2), { freq: 2 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Modelled {
  readonly id: string;
  isCustodial: boolean;
  isTwiist: boolean;
}

class History {
  readonly patients: Modelled[] = [];
  readonly merged: { id: string; source: Modelled; targetTwiist: boolean }[] = [];
  tier = "tier0100";
  country = "US";
  limit: { plan: number; start: number; end: number } | undefined = { plan: 250, start: -9, end: 9 };
  readonly clinic: GivenClinic;
  constructor(clinic: GivenClinic) {
    this.clinic = clinic;
  }

  get plan(): number {
    return this.patients.filter(({ isTwiist }) => !isTwiist).length;
  }
  get isFull(): boolean {
    const { limit, country, tier } = this;
    return (
      limit !== undefined &&
      country === "US" &&
      tier === "tier0100" &&
      limit.start <= 0 &&
      limit.end >= 0 &&
      this.plan >= limit.plan
    );
  }
  at = (n: number): Modelled | undefined => this.patients[n % Math.max(1, this.patients.length)];
  path = ({ id }: Modelled) => `${this.clinic.path}/patients/${id}`;
  remove = (patient: Modelled) => void this.patients.splice(this.patients.indexOf(patient), 1);

  async take(it: Step): Promise<void> {
    const { clinic } = this;
    const born = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
    const sources = (isTwiist: boolean) => [{ providerName: isTwiist ? "twiist" : "dexcom", state: "pending" }];
    const patient = "who" in it ? this.at(it.who) : undefined;
    if ("who" in it && !patient) return;
    switch (it.what) {
      case "create": {
        const made = await clinic.member.post(`${clinic.path}/patients`, {
          ...born,
          // Two alike would be a request and its repeat.
          mrn: newUserId(),
          dataSources: sources(it.twiist),
        });
        expectStatus(made, this.isFull ? 402 : 200);
        if (made.status === 200) this.patients.push({ id: made.body.id, isCustodial: true, isTwiist: it.twiist });
        return;
      }
      case "link": {
        const { id } = await givenAccount();
        const permissions = it.isCustodial ? { custodian: {}, view: {} } : { view: {} };
        const made = await clinic.service.post(`${clinic.path}/patients/${id}`, { ...born, permissions });
        expectStatus(made, it.isCustodial && this.isFull ? 402 : 200);
        if (made.status === 200) this.patients.push({ id, isCustodial: it.isCustodial, isTwiist: false });
        return;
      }
      case "link again": {
        const permissions = { custodian: {}, view: {} };
        expectStatus(await clinic.service.post(this.path(patient!), { permissions }), 409);
        const legacyClinicianId = newUserId();
        expectStatus(await clinic.service.post(this.path(patient!), { permissions, legacyClinicianId }), 200);
        return;
      }
      case "accept": {
        const offer = await givenPatientInvitation(clinic);
        expectStatus(await clinic.member.put(offer.path, born), 200);
        this.patients.push({ id: offer.sender.id, isCustodial: false, isTwiist: false });
        return;
      }
      case "delete":
        expectStatus(await clinic.admin.delete(this.path(patient!)), 204);
        return this.remove(patient!);
      case "claim":
        expectStatus(
          await clinic.service.delete(`${this.path(patient!)}/permissions/custodian`),
          patient!.isCustodial ? 204 : 404,
        );
        patient!.isCustodial = false;
        return;
      case "take back all": {
        const { token } = await person({ sub: patient!.id });
        const answer = await send("PUT", `${this.path(patient!)}/permissions`, {
          token,
          body: {},
        });
        expectStatus(answer, 204);
        return this.remove(patient!);
      }
      case "sources of the record":
        expectStatus(await clinic.member.put(this.path(patient!), { ...born, dataSources: sources(it.twiist) }), 200);
        patient!.isTwiist = it.twiist;
        return;
      case "sources of the user":
        expectStatus(await clinic.service.put(`/v1/patients/${patient!.id}/data_sources`, sources(it.twiist)), 200);
        patient!.isTwiist = it.twiist;
        return;
      case "merge": {
        const source = this.at(it.other)!;
        if (source === patient) return;
        const accept = ["data-stays", "connection-stays", "records-elsewhere"];
        const answer = await merge(clinic, patient!.id, source.id, { accept });
        if (answer.status !== 200) return;
        this.merged.push({ id: answer.body.id, source: { ...source }, targetTwiist: patient!.isTwiist });
        return this.remove(source);
      }
      case "undo": {
        const last = this.merged.pop();
        if (!last) return;
        const answer = await clinic.admin.post(`${clinic.path}/patient_merges/${last.id}/undo`);
        if (answer.status !== 200) return;
        this.patients.push(last.source);
        return;
      }
      case "remove the account":
        expectStatus(await clinic.service.delete(`/v1/users/${patient!.id}/clinics`), 200);
        return this.remove(patient!);
      case "tier":
        expectStatus(await clinic.service.post(`${clinic.path}/tier`, { tier: it.tier }), 200);
        this.tier = it.tier;
        return;
      case "country": {
        const body = { name: "Harbor", preferredBgUnits: "mg/dL", country: it.country };
        expectStatus(await clinic.admin.put(clinic.path, body), 200);
        this.country = it.country;
        return;
      }
      case "limit": {
        const date = (days: number | null) => days && new Date(Date.now() + days * DAY_MS).toISOString();
        const [startDate, endDate] = [date(it.startDays) || undefined, date(it.endDays) || undefined];
        const hardLimit = it.plan === null ? undefined : { plan: it.plan, startDate, endDate };
        const isOdd = hardLimit !== undefined && (it.startDays ?? -9) > (it.endDays ?? 9);
        const answer = await clinic.service.put(`${clinic.path}/settings/patient_count`, { hardLimit });
        expectStatus(answer, isOdd ? 400 : 200);
        if (isOdd) return;
        this.limit = it.plan === null ? undefined : { plan: it.plan, start: it.startDays ?? -9, end: it.endDays ?? 9 };
        return;
      }
    }
  }

  async look(): Promise<unknown> {
    const { clinic } = this;
    const { providers: _, ...kept } = (await clinic.member.get(`${clinic.path}/patient_count`)).body;
    return kept;
  }
}

const expectStatus = (answer: Answer, status: number) =>
  expect([answer.status, answer.text]).toEqual([status, answer.text]);

test("a custodial patient is refused exactly when the plan is full; the numbers are right", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: LENGTH_MIN, maxLength: LENGTH_MAX }), async (steps) => {
      const history = new History(await givenClinic({ country: "US" }));
      const { clinic } = history;
      await history.take({ what: "limit", plan: 3, startDays: null, endDays: null });
      for (const it of steps) {
        await history.take(it);
        const { length } = history.patients;
        expect(await history.look(), it.what).toEqual({ total: length + 1, demo: 1, plan: history.plan });
      }
      const before = await clinic.member.get(`${clinic.path}/patient_count`);
      await clinic.service.post(`${clinic.path}/patient_count/refresh`);
      expect((await clinic.member.get(`${clinic.path}/patient_count`)).body).toEqual(before.body);
    }),
    { numRuns: HISTORIES },
  );
});
