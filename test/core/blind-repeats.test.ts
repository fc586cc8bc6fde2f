import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { operations } from "../../src/entry/operations.ts";
import { type Answer, countRows, type GivenClinic, givenClinic, givenPatient, send, service } from "../harness.ts";
import { givenSubscription } from "../events/receiver.ts";
import { givenInvite } from "../invitations.ts";
import { servedIn } from "../served-in.ts";

let clinic: GivenClinic;
beforeEach(async () => {
  clinic = await givenClinic();
});
const isReplay = ({ headers }: Answer) => headers.get("idempotent-replayed") === "true";
const ADA = { fullName: "Ada Lund", birthDate: "1990-12-01" };

interface Repeated {
  /** The request, the same every time. */
  readonly request: () => Promise<Answer>;
  /** What becomes of the thing it made; the answer names it. */
  readonly changes: Readonly<Record<string, (first: Answer) => Promise<Answer>>>;
  /** What the repeat is answered with then. */
  readonly follows: (again: Answer, first: Answer, change: string) => void;
}

const isCarriedOut = (again: Answer, first: Answer) => {
  expect(again.status).toBe(200);
  expect(again.body.id).not.toBe(first.body.id);
};
const isRefused = (again: Answer) => expect(again.status).toBe(404);

const OPERATIONS: Readonly<Record<string, () => Promise<Repeated>>> = {
  CreatePatientAccount: async () => ({
    request: () => clinic.admin.post(`${clinic.path}/patients`, ADA),
    changes: {
      deleted: ({ body }) => clinic.admin.delete(`${clinic.path}/patients/${body.id}`),
      renamed: ({ body }) => clinic.admin.put(`${clinic.path}/patients/${body.id}`, { ...ADA, fullName: "Ada B" }),
    },
    follows: isCarriedOut,
  }),
  CreateClinic: async () => ({
    request: () => clinic.admin.post("/v1/clinics", { name: "Harbor", preferredBgUnits: "mg/dL" }),
    changes: {
      deleted: ({ body }) => clinic.service.delete(`/v1/clinics/${body.id}`),
      renamed: ({ body }) =>
        clinic.service.put(`/v1/clinics/${body.id}`, { name: "Lakeside", preferredBgUnits: "mg/dL" }),
    },
    follows: isCarriedOut,
  }),
  CreatePatientReport: async () => {
    const patient = await givenPatient(clinic);
    const path = `${clinic.path}/patients/${patient.id}`;
    return {
      request: () => clinic.admin.post(`${path}/reports`),
      changes: { deleted: () => clinic.admin.delete(path) },
      follows: isRefused,
    };
  },
  ResendInvite: async () => {
    const { key } = await givenInvite(clinic);
    const path = `${clinic.path}/invites/clinicians/${key}`;
    return {
      request: () => clinic.admin.patch(path),
      changes: { deleted: () => clinic.admin.delete(path) },
      follows: isRefused,
    };
  },
  SendUploadReminder: async () => {
    const patient = await givenPatient(clinic);
    const path = `${clinic.path}/patients/${patient.id}`;
    return {
      request: () => clinic.admin.post(`${path}/upload_reminder`),
      changes: { deleted: () => clinic.admin.delete(path) },
      follows: isRefused,
    };
  },
  RotateEventSubscriptionSecret: async () => {
    const { id } = await givenSubscription(clinic);
    const path = `${clinic.path}/event_subscriptions/${id}`;
    return {
      request: () => clinic.service.post(`${path}/secret`),
      changes: { deleted: () => clinic.service.delete(path) },
      follows: isRefused,
    };
  },
  DeletePatientReviews: async () => {
    const patient = await givenPatient(clinic);
    const path = `${clinic.path}/patients/${patient.id}`;
    await clinic.admin.put(`${path}/reviews`);
    return {
      request: () => clinic.admin.delete(`${path}/reviews`),
      changes: { deleted: () => clinic.admin.delete(path) },
      follows: isRefused,
    };
  },
  ConnectProvider: async () => {
    const patient = await givenPatient(clinic, { dataSources: [{ providerName: "dexcom", state: "pending" }] });
    const path = `${clinic.path}/patients/${patient.id}`;
    return {
      request: () => clinic.admin.post(`${path}/connect/dexcom`),
      changes: { deleted: () => clinic.admin.delete(path) },
      follows: isRefused,
    };
  },
};

test("every operation that is repeated blindly is one of these", () => {
  const blind = operations.filter(({ repeatsBlindly }) => repeatsBlindly({}));
  expect(blind.map(({ route }) => route.operationId).toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
});

describe.each(Object.entries(OPERATIONS))("%s, repeated without a key", (_, given) => {
  test("gets its first answer while what it made stands", async () => {
    const { request } = await given();
    const first = await request();
    const again = await request();
    expect([first.status, again.status, isReplay(again), again.text]).toEqual([
      first.status,
      first.status,
      true,
      first.text,
    ]);
    expect(first.status).toBeLessThan(300);
  });

  test("is carried out, or refused, as it stands once that has changed or gone", async () => {
    for (const change of Object.keys((await given()).changes)) {
      const { request, changes, follows } = await given();
      const first = await request();
      expect((await changes[change]!(first)).status).toBeLessThan(300);
      const again = await request();
      expect(isReplay(again), change).toBe(false);
      follows(again, first, change);
    }
  });
});

test("a service and a person with one id have answers of their own", async () => {
  const namesake = await service(clinic.admin.id);
  const key = { "idempotency-key": "one-key" };
  const ofPerson = await clinic.admin.post(`${clinic.path}/sites`, { name: "East" }, key);
  const ofService = await namesake.post(`${clinic.path}/sites`, { name: "West" }, key);
  expect([ofPerson.status, ofService.status]).toEqual([200, 200]);
  expect(ofService.body.name).toBe("West");
});

/** The database, with something else done after each of the first batches. */
const databaseWith = (between: (() => Promise<unknown>)[]) => {
  const withSession = (constraint: string) => {
    const session = env.DB.withSession(constraint);
    const batch = (statements: D1PreparedStatement[]) =>
      session.batch(statements).finally(async () => void (await between.shift()?.()));
    return { prepare: (text: string) => session.prepare(text), getBookmark: () => session.getBookmark(), batch };
  };
  return { withSession } as unknown as D1Database;
};

describe("where what stood when a repeat was recognised is changed before its answer is read", () => {
  /** A request, recognised as the repeat of one that is carried out meanwhile, and what is done then. */
  const repeatOf = (path: string, body: object | undefined, meanwhile: (first: Answer) => Promise<Answer>) => {
    let first: Answer;
    const DB = databaseWith([
      async () => (first = await clinic.admin.post(path, body)),
      async () => expect((await meanwhile(first)).status).toBe(200),
    ]);
    return send("POST", path, { token: clinic.admin.token, body, through: servedIn({ DB }) });
  };

  test("it is carried out as things are now", async () => {
    const { id } = await givenPatient(clinic);
    const path = `${clinic.path}/patients/${id}/upload_reminder`;
    const again = await repeatOf(path, undefined, () => clinic.member.post(path));
    expect([again.status, isReplay(again)]).toEqual([200, false]);
  });

  test("503 of an operation that does not look again, and nothing is made", async () => {
    const clinic = { name: `Once ${crypto.randomUUID()}`, preferredBgUnits: "mg/dL" };
    const { status, headers, body } = await repeatOf("/v1/clinics", clinic, async (first) =>
      (await service()).put(`/v1/clinics/${first.body.id}`, { ...clinic, city: "Oslo" }),
    );
    expect([status, headers.get("retry-after"), body.message]).toEqual([
      503,
      "2",
      "too many concurrent changes, try again",
    ]);
    expect(await countRows("clinics WHERE name = ?", clinic.name)).toBe(1);
  });
});
