import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { add, cbg, openSet, settle } from "../device-data.ts";
import {
  type Answer,
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  newUserId,
  person,
  rows,
  send,
} from "../harness.ts";
import { EXPECTED } from "../every-operation/expected-access.ts";
import { notAllowed } from "../every-operation/expected-refusals.ts";

/**
 * Every operation on device data, called by everybody who can stand in some relation to the person whose data they are. What
 * a relation grants, and what an operation asks for, stand in two tables of their own here.
 */

type Granted = "root" | "custodian" | "view" | "upload" | "note" | "service";

interface Operation {
  /** Any one suffices. */
  readonly needs: readonly Granted[];
  readonly call: (caller: Caller, ownerId: string, setId: string) => Promise<Answer>;
}

const prime = { type: "deviceEvent", subType: "prime", primeTarget: "tubing", volume: 1, time: "2026-03-01T09:30:00Z" };
const OPERATIONS: Readonly<Record<string, Operation>> = {
  OpenDataSet: {
    needs: ["service", "root", "upload"],
    call: (caller, ownerId) => caller.post(`/v1/users/${ownerId}/data_sets`, {}),
  },
  ListDataSets: {
    needs: ["service", "root", "custodian", "upload", "view"],
    call: (caller, ownerId) => caller.get(`/v1/users/${ownerId}/data_sets`),
  },
  ListDataSetsInEnvelope: {
    needs: ["service", "root", "custodian", "upload", "view"],
    call: (caller, ownerId) => caller.get(`/v1/users/${ownerId}/datasets`),
  },
  GetDataSet: {
    needs: ["service", "root", "custodian", "upload", "view"],
    call: (caller, _, setId) => caller.get(`/v1/data_sets/${setId}`),
  },
  UpdateDataSet: {
    needs: ["service", "root", "upload"],
    call: (caller, _, setId) => caller.put(`/v1/data_sets/${setId}`, { state: "closed" }),
  },
  // The set was opened by a service: who may upload has not opened it.
  DeleteDataSet: {
    needs: ["service", "root", "custodian"],
    call: (caller, _, setId) => caller.delete(`/v1/data_sets/${setId}`),
  },
  AddData: {
    needs: ["service", "root", "upload"],
    call: (caller, _, setId) => caller.post(`/v1/data_sets/${setId}/data`, [prime]),
  },
  RemoveData: {
    needs: ["service", "root", "upload"],
    call: (caller, _, setId) => caller.send("DELETE", `/v1/data_sets/${setId}/data`, [{ origin: { id: "none" } }]),
  },
  QueryData: { needs: ["service", "root", "view"], call: (caller, ownerId) => caller.get(`/data/${ownerId}`) },
  DeleteUserData: { needs: ["service"], call: (caller, ownerId) => caller.delete(`/v1/users/${ownerId}/data`) },
  GetTime: {
    needs: ["service", "root", "custodian", "view", "upload", "note"],
    call: (caller) => caller.get("/v1/time"),
  },
  GetSummary: {
    needs: ["service", "root", "view"],
    call: (caller, ownerId) => caller.get(`/v1/summaries/cgm/${ownerId}`),
  },
  RecomputeSummary: {
    needs: ["service", "root", "view"],
    call: (caller, ownerId) => caller.post(`/v1/summaries/cgm/${ownerId}`),
  },
  ListOutdatedSummaries: { needs: ["service"], call: (caller) => caller.get("/v1/summaries/outdated/cgm") },
  ListMigratableSummaries: { needs: ["service"], call: (caller) => caller.get("/v1/summaries/migratable/cgm") },
};

interface Relation {
  readonly grants: readonly Granted[];
  /** Brings it about; returns who calls. */
  readonly of: (it: { clinic: GivenClinic; ownerId: string }) => Promise<Caller>;
}

const BITS = { custodian: 1, view: 2, upload: 4, note: 8 } as const;
type Permission = keyof typeof BITS;
const maskOf = (permissions: readonly Permission[]) => permissions.reduce((mask, name) => mask | BITS[name], 0);

const permit = (clinicId: string, ownerId: string, permissions: readonly Permission[] | null) =>
  rows(
    "UPDATE patients SET permissions = ? WHERE clinic_id = ? AND user_id = ? RETURNING key",
    permissions && maskOf(permissions),
    clinicId,
    ownerId,
  );
const share = (from: string, to: string, permissions: readonly Permission[]) =>
  rows(
    "INSERT INTO account_shares (from_user_id, to_user_id, permissions) VALUES (?, ?, ?) RETURNING to_user_id",
    from,
    to,
    maskOf(permissions),
  );

/** A clinician of a clinic whose patient the owner is, by what the patient's record permits. */
const clinician = (role: "admin" | "member" | "prescriber", ...permissions: readonly Permission[]): Relation => ({
  grants: permissions,
  of: async ({ clinic, ownerId }) => {
    await permit(clinic.clinicId, ownerId, permissions);
    return clinic[role];
  },
});
const sharedWith = (...permissions: readonly Permission[]): Relation => ({
  grants: permissions,
  of: async ({ ownerId }) => {
    const caller = await person();
    await share(ownerId, caller.id, permissions);
    return caller;
  },
});

const ANYBODY: Relation["grants"] = [];
const RELATIONS: Readonly<Record<string, Relation>> = {
  "the owner": { grants: ["root"], of: ({ ownerId }) => person({ sub: ownerId }) },
  "a service": { grants: ["service"], of: async ({ clinic }) => clinic.service },
  "an admin with view": clinician("admin", "view"),
  "an admin with upload": clinician("admin", "upload"),
  "an admin with custodian": clinician("admin", "custodian"),
  "an admin with note": clinician("admin", "note"),
  "an admin without any": clinician("admin"),
  "a member with view": clinician("member", "view"),
  "a member with upload": clinician("member", "upload"),
  "a member with custodian": clinician("member", "custodian"),
  "a member with all": clinician("member", "custodian", "view", "upload", "note"),
  "a prescriber with view": clinician("prescriber", "view"),
  "a prescriber with upload": clinician("prescriber", "upload"),
  "a clinician of a record that says nothing": {
    grants: ANYBODY,
    of: async ({ clinic, ownerId }) => {
      await permit(clinic.clinicId, ownerId, null);
      return clinic.admin;
    },
  },
  "a person the owner shares view with": sharedWith("view"),
  "a person the owner shares upload with": sharedWith("upload"),
  "a person the owner shares note with": sharedWith("note"),
  "a person whose clinic has view and who is shared upload": {
    grants: ["view", "upload"],
    of: async ({ clinic, ownerId }) => {
      await permit(clinic.clinicId, ownerId, ["view"]);
      await share(ownerId, clinic.member.id, ["upload"]);
      return clinic.member;
    },
  },
  "a member of two clinics of which one has custodian and the other upload": {
    grants: ["custodian", "upload"],
    of: async ({ clinic, ownerId }) => {
      await permit(clinic.clinicId, ownerId, ["custodian"]);
      const other = await givenClinic();
      await other.service.post(`${other.path}/patients/${ownerId}`, { permissions: { upload: {} } });
      const { id } = clinic.member;
      const joining = { id, email: `${id}@people.test`, name: "Both", roles: ["CLINIC_MEMBER"] };
      expect((await other.service.post(`${other.path}/clinicians`, joining)).status).toBe(200);
      return clinic.member;
    },
  },
  "a person who shares with the owner": {
    grants: ANYBODY,
    of: async ({ ownerId }) => {
      const caller = await person();
      await share(caller.id, ownerId, ["view", "upload", "note"]);
      return caller;
    },
  },
  "an admin of another clinic": { grants: ANYBODY, of: async () => (await givenClinic()).admin },
  "another patient of the clinic": {
    grants: ANYBODY,
    of: async ({ clinic }) => person({ sub: (await givenPatient(clinic)).id }),
  },
  "an outsider": { grants: ANYBODY, of: async ({ clinic }) => clinic.outsider },
};

let clinic: GivenClinic;
beforeAll(async () => {
  clinic = await givenClinic();
});

/** A patient of the clinic with an open continuous set that a service has opened, a reading in it, and a summary of it. */
async function givenOwner() {
  const { id: ownerId } = await givenPatient(clinic);
  const setId = await openSet(clinic.service, ownerId, { dataSetType: "continuous" });
  await add(clinic.service, setId, [cbg(Date.now() - 60_000)]);
  await settle(ownerId);
  return { ownerId, setId };
}

test("every operation on device data stands in the table", () => {
  const onData = Object.keys(EXPECTED).filter((name) => ![undefined, "outcome"].includes(EXPECTED[name]!.form));
  expect(Object.keys(OPERATIONS)).toEqual(onData);
});

describe.each(Object.entries(RELATIONS))("%s", (_, { grants, of }) => {
  // The plan of one clinic has no room for all these patients.
  beforeAll(async () => {
    clinic = await givenClinic();
  });

  const cases = Object.entries(OPERATIONS).map(([name, operation]) => {
    const isAllowed = name === "GetTime" || operation.needs.some((it) => grants.includes(it));
    return [name, isAllowed ? "may" : "may not", { ...operation, isAllowed }] as const;
  });

  test.each(cases)("%s: %s", async (name, __, { isAllowed, call }) => {
    const { ownerId, setId } = await givenOwner();
    const caller = await of({ clinic, ownerId });
    const { status, body } = await call(caller, ownerId, setId);
    if (isAllowed) expect([status, body.errors]).toEqual([name === "OpenDataSet" ? 201 : 200, undefined]);
    else expect({ status, body }).toEqual(notAllowed(name));
  });
});

describe("who may only upload", () => {
  const upload = async () => {
    const owner = await givenOwner();
    await permit(clinic.clinicId, owner.ownerId, ["upload"]);
    return owner;
  };

  test("deletes a set they have opened, and nobody else's", async () => {
    const { ownerId } = await upload();
    const own = await openSet(clinic.member, ownerId);
    const ofColleague = await openSet(clinic.admin, ownerId);
    const refused = await clinic.member.delete(`/v1/data_sets/${ofColleague}`);
    expect({ status: refused.status, body: refused.body }).toEqual(notAllowed("DeleteDataSet"));
    expect((await clinic.admin.get(`/v1/data_sets/${ofColleague}`)).body).not.toHaveProperty("deletedTime");
    expect((await clinic.member.delete(`/v1/data_sets/${own}`)).status).toBe(200);
    expect((await clinic.member.get(`/v1/data_sets/${own}`)).body).toHaveProperty("deletedTime");
  });

  test("no longer deletes it once they may not upload", async () => {
    const { ownerId } = await upload();
    const own = await openSet(clinic.member, ownerId);
    await permit(clinic.clinicId, ownerId, ["view"]);
    expect((await clinic.member.delete(`/v1/data_sets/${own}`)).status).toBe(403);
  });

  test("closes a continuous set, and does not change it", async () => {
    const { setId } = await upload();
    const path = `/v1/data_sets/${setId}`;
    for (const change of [{ deviceModel: "900" }, { state: "open" }, { state: "closed", deviceId: "X-1" }, {}]) {
      const refused = await clinic.member.put(path, change);
      expect({ status: refused.status, body: refused.body }, JSON.stringify(change)).toEqual(
        notAllowed("UpdateDataSet"),
      );
    }
    expect((await clinic.member.get(path)).body.state).toBe("open");
    const closed = await clinic.member.put(path, { state: "closed" });
    expect([closed.status, closed.body.data.state]).toEqual([200, "closed"]);
  });
});

test("a clinician who has left the clinic, and a clinic the patient has left, grant nothing any more", async () => {
  const { ownerId } = await givenOwner();
  const leaving = await person();
  const joining = { id: leaving.id, email: `${leaving.id}@people.test`, name: "L", roles: ["CLINIC_MEMBER"] };
  await clinic.service.post(`${clinic.path}/clinicians`, joining);
  expect((await leaving.get(`/data/${ownerId}`)).status).toBe(200);
  await clinic.service.delete(`${clinic.path}/clinicians/${leaving.id}`);
  expect((await leaving.get(`/data/${ownerId}`)).status).toBe(403);
  expect((await clinic.member.get(`/data/${ownerId}`)).status).toBe(200);
  await clinic.admin.delete(`${clinic.path}/patients/${ownerId}`);
  expect((await clinic.member.get(`/data/${ownerId}`)).status).toBe(403);
});

describe("a service that is bound to the Worker", () => {
  const bound = (...scopes: string[]) => exports.InternalApi({ props: { caller: "uploader", scopes } });

  test.each(Object.entries(OPERATIONS))(
    "may call %s with it in its scopes, and not without",
    async (name, { call }) => {
      for (const [scopes, isAllowed] of [
        [[name], true],
        [["*"], true],
        [["GetClinic"], false],
        [[], false],
      ] as const) {
        const { ownerId, setId } = await givenOwner();
        const through = (request: Request) => bound(...scopes).fetch(request);
        const request = (method: string, path: string, body?: unknown) => send(method, path, { body, through });
        const caller = {
          send: request,
          get: (path: string) => request("GET", path),
          post: (path: string, body?: unknown) => request("POST", path, body),
          put: (path: string, body?: unknown) => request("PUT", path, body),
          delete: (path: string) => request("DELETE", path),
        } as unknown as Caller;
        const { status, body } = await call(caller, ownerId, setId);
        if (isAllowed) expect(status).toBeLessThan(300);
        else expect({ status, body }).toEqual(notAllowed(name));
      }
    },
  );
});

test("whose a data set is decides, not what the caller knows of it", async () => {
  const { setId } = await givenOwner();
  const stranger = await person();
  const own = await openSet(stranger, stranger.id);
  expect((await stranger.post(`/v1/data_sets/${own}/data`, [prime])).status).toBe(200);
  expect((await stranger.post(`/v1/data_sets/${setId}/data`, [prime])).status).toBe(403);
});

test("a person without any data has data of their own: none", async () => {
  const owner = await person({ sub: newUserId() });
  expect((await owner.get(`/data/${owner.id}`)).body).toEqual([]);
  expect((await owner.get(`/v1/users/${owner.id}/data_sets`)).body).toEqual([]);
});
