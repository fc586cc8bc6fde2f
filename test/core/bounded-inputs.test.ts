import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import {
  everythingStored,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenTag,
  newUserId,
  rows,
} from "../harness.ts";

let clinic: GivenClinic;
let patient: { id: string };
beforeAll(async () => {
  clinic = await givenClinic();
  patient = await givenPatient(clinic);
});

const PATIENT = { fullName: "Rosa Diaz", birthDate: "1987-02-03" };
const create = (fields: object) => clinic.member.post(`${clinic.path}/patients`, { ...PATIENT, ...fields });
const update = (fields: object) =>
  clinic.member.put(`${clinic.path}/patients/${patient.id}`, { ...PATIENT, ...fields });
const link = async (fields: object) =>
  clinic.service.post(`${clinic.path}/patients/${newUserId()}`, { permissions: { view: {} }, ...fields });

/** A name of a megabyte that doubles in work with every normal form. */
const MARKS = `a${"\u0316\u0301".repeat(64_000)}`;
const LIGATURES = "\ufdfa".repeat(234_000);

describe("a text that is longer than its bound", () => {
  test.each([
    ["/fullName", { fullName: MARKS }],
    ["/fullName", { fullName: LIGATURES }],
    ["/fullName", { fullName: "x".repeat(257) }],
    ["/mrn", { mrn: LIGATURES }],
    ["/mrn", { mrn: "7".repeat(900_000) }],
    ["/mrn", { mrn: "7".repeat(65) }],
    ["/email", { email: `${"x".repeat(250)}@x.org` }],
    ["/targetDevices", { targetDevices: Array(60_000).fill("d") }],
    ["/targetDevices/0", { targetDevices: ["d".repeat(257)] }],
    [
      "/dataSources",
      { dataSources: Array.from({ length: 101 }, () => ({ providerName: "dexcom", state: "pending" })) },
    ],
    ["/tags", { tags: Array.from({ length: 201 }, (_, i) => i.toString(16).padStart(24, "0")) }],
  ])(
    "400 for the patient's %s, which is named, in creating and updating; nothing is stored",
    async (pointer, fields) => {
      const before = await everythingStored();
      for (const answer of [await create(fields), await update(fields)]) {
        expect([answer.status, answer.body.message]).toEqual(
          [400, expect.stringContaining(`Error at "${pointer}": at most`)].map((it, i) =>
            i === 1 && pointer === "/email" ? expect.stringContaining('Error at "/email"') : it,
          ),
        );
      }
      expect(await everythingStored()).toBe(before);
    },
  );

  test("400 for the name of a clinic and of a clinician, and for a clinic's restrictions", async () => {
    const name = "x".repeat(1_000_000);
    const made = await clinic.admin.post("/v1/clinics", { name, preferredBgUnits: "mg/dL" });
    expect([made.status, made.body.message]).toEqual([400, expect.stringContaining('Error at "/name": at most 256')]);
    const clinician = { id: newUserId(), email: "bo@lakeside.example", name: LIGATURES, roles: ["CLINIC_MEMBER"] };
    expect((await clinic.service.post(`${clinic.path}/clinicians`, clinician)).status).toBe(400);
    const restrictions = Array.from({ length: 201 }, () => ({ emailDomain: "x.org" }));
    expect((await clinic.service.put(`${clinic.path}/membership_restrictions`, { restrictions })).status).toBe(400);
  });

  test.each(["search", "sort", "period", "tags", "cgm.totalRecords"])("400 for the parameter %s", async (parameter) => {
    const answer = await clinic.member.get(`${clinic.path}/patients?${parameter}=${"7".repeat(9_000)}`);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      expect.stringContaining(`parameter "${parameter}" in query`),
    ]);
  });

  test("400 for identifiers in paths and for headers", async () => {
    expect((await clinic.service.get(`${clinic.path}/invites/clinicians/${"x".repeat(3_000)}/clinician`)).status).toBe(
      400,
    );
    expect((await clinic.service.get(`/v1/clinics/share_code/${"A".repeat(3_000)}`)).status).toBe(400);
    const merge = { sourceId: clinic.clinicId };
    const answer = await clinic.service.post(`${clinic.path}/merge`, merge, { prefer: "x".repeat(1_001) });
    expect([answer.status, answer.body.message]).toEqual([
      400,
      expect.stringContaining('parameter "prefer" in header'),
    ]);
  });

  test("200 at the bound, counted in code points", async () => {
    expect((await create({ fullName: "𝒳".repeat(256), mrn: "𝒳".repeat(64) })).status).toBe(200);
    expect((await create({ email: `${"x".repeat(242)}@example.org`, targetDevices: ["d".repeat(256)] })).status).toBe(
      200,
    );
  });

  test("what was stored longer is shown as it is", async () => {
    const long = await givenPatient(clinic);
    const [name, mrn] = ["n".repeat(1_000), "7".repeat(500)];
    await rows("UPDATE patients SET full_name = ?, mrn = ? WHERE user_id = ? RETURNING key", name, mrn, long.id);
    const { body } = await clinic.member.get(`${clinic.path}/patients/${long.id}`);
    expect([body.fullName, body.mrn]).toEqual([name, mrn]);
  });
});

describe("a text with characters nobody can see", () => {
  test.each(["\u200b", "\u200e", "\u00ad", "\u0000", "\u2028", "\ud800", "\ufeff", "\n"])(
    "400 for an MRN with %j",
    async (character) => {
      const mrn = `A${character}17`;
      for (const answer of [await create({ mrn }), await update({ mrn }), await link({ mrn })]) {
        expect([answer.status, answer.body.message]).toEqual([
          400,
          expect.stringContaining('Error at "/mrn": an identifier'),
        ]);
      }
    },
  );

  test.each([" ", "\u00a0\u3000", "\u200b", "\u200d\u2060", "\u2800", "\u3164", "\u0301"])(
    "400 for a name of %j alone",
    async (fullName) => {
      for (const answer of [await create({ fullName }), await update({ fullName }), await link({ fullName })]) {
        expect([answer.status, answer.body.message]).toEqual([
          400,
          expect.stringContaining('Error at "/fullName": a name'),
        ]);
      }
    },
  );

  test.each(["\u202e", "\u2066", "\u200f", "\t", "\u0000", "\u2029", "\ud800"])(
    "400 for a name with %j in it, of a patient, a clinic and a clinician",
    async (character) => {
      const name = `Rosa${character}Diaz`;
      const clinician = { id: newUserId(), email: "bo@lakeside.example", name, roles: ["CLINIC_MEMBER"] };
      const answers = [
        await create({ fullName: name }),
        await clinic.admin.post("/v1/clinics", { name, preferredBgUnits: "mg/dL" }),
        await clinic.service.post(`${clinic.path}/clinicians`, clinician),
      ];
      expect(answers.map((it) => it.status)).toEqual([400, 400, 400]);
    },
  );

  test("200 for a name whose script needs joiners, and it is kept as it was sent", async () => {
    const fullName = " علی\u200cرضا क्\u200dष ";
    expect((await create({ fullName })).body.fullName).toBe(fullName);
  });

  test.each(["\u200b", "\u202e", "\u00ad", "\u0000", "\u00a0"])("400 for an address with %j", async (character) => {
    const email = `rosa${character}@example.org`;
    expect((await create({ email })).status).toBe(400);
    expect(
      (await clinic.admin.post(`${clinic.path}/invites/clinicians`, { email, roles: ["CLINIC_MEMBER"] })).status,
    ).toBe(400);
    expect((await clinic.service.post(`/v1/users/${newUserId()}/clinics`, { email })).status).toBe(400);
  });

  test("an MRN is kept in NFC", async () => {
    expect((await create({ mrn: "e\u0301-1" })).body.mrn).toBe("\u00e9-1");
  });
});

describe("a birth date", () => {
  test.each(["2087-02-03", "1790-01-01", "0000-01-01", "1879-12-31", "1987-02-30", "1987-2-3", "0001-01-02"])(
    "400 for %s",
    async (birthDate) => {
      for (const answer of [await create({ birthDate }), await update({ birthDate }), await link({ birthDate })]) {
        expect([answer.status, answer.body.message]).toEqual([
          400,
          expect.stringContaining('Error at "/birthDate": a calendar date'),
        ]);
      }
      const invitation = `${clinic.path}/invites/patients/0123456789abcdefghijklmnopqrs-_Z`;
      expect((await clinic.service.put(invitation, { birthDate })).status).toBe(400);
    },
  );

  test.each(["0001-01-01", "1880-01-01", "2000-02-29"])("200 for %s", async (birthDate) => {
    expect((await create({ birthDate })).body.birthDate).toBe(birthDate);
  });

  test("tomorrow is today somewhere, the day after nowhere", async () => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    expect((await create({ birthDate: day(1) })).status).toBe(200);
    expect((await create({ birthDate: day(3) })).status).toBe(400);
  });

  test("one that is looked for may be any text: one that is no date matches nobody", async () => {
    const answer = await clinic.member.get("/v1/patients?birthDate=2087-99-99");
    expect([answer.status, answer.body]).toEqual([200, []]);
  });
});

describe("a date-time", () => {
  const reviewedBefore = (instant: string) =>
    clinic.member.get(`${clinic.path}/patients?lastReviewed=${encodeURIComponent(instant)}`);

  test.each([
    "2020-01-01T24:00:00Z",
    "2020-01-01T23:60:00Z",
    "2020-12-31T23:59:60Z",
    "2020-01-01T00:00:00+24:00",
    "2020-01-01T00:00:00+23:60",
    "2020-02-30T00:00:00Z",
    "2020-01-01 00:00:00Z",
    "2020-01-01T00:00:00",
    "2020-01-01T00:00:00,5Z",
    "2020-01-01T00:00Z",
    "2020-01-01T00:00:00+0100",
    `2020-01-01T00:00:00.${"0".repeat(60)}Z`,
  ])("400 for %s", async (instant) => {
    expect((await reviewedBefore(instant)).status).toBe(400);
  });

  test.each(["2020-01-01T23:59:59.123456789Z", "2020-01-01t00:00:00z", "2020-01-01T00:00:00-23:59"])(
    "200 for %s",
    async (instant) => {
      expect((await reviewedBefore(instant)).status).toBe(200);
    },
  );
});

describe("custom ranges", () => {
  const unused = { type: "preset", custom: { name: "a", thresholds: [] } };

  test("200 when they are not used, whatever their thresholds: the preset is stored", async () => {
    const preset = { type: "preset", preset: "adaStandard" };
    expect((await create({ glycemicRanges: unused })).body.glycemicRanges).toEqual(preset);
    expect((await update({ glycemicRanges: unused })).body.glycemicRanges).toEqual(preset);
    expect((await update({ glycemicRanges: { custom: unused.custom } })).body.glycemicRanges).toEqual(preset);
  });

  test("400 when they are used, naming the thresholds", async () => {
    const answer = await create({ glycemicRanges: { ...unused, type: "custom" } });
    expect([answer.status, answer.body.message]).toEqual([
      400,
      expect.stringContaining("/glycemicRanges/custom/thresholds"),
    ]);
  });

  test("200 for a clinician's own address that is expected and ignored, whatever its form", async () => {
    const path = `${clinic.path}/clinicians/${clinic.prescriber.id}`;
    const body = { email: "no address", roles: ["PRESCRIBER"], name: "Bo" };
    expect((await clinic.admin.put(path, body)).status).toBe(200);
  });
});

describe("lists of ids in a query", () => {
  const idsOf = async (query: string) => {
    const answer = await clinic.member.get(`${clinic.path}/patients?${query}`);
    return answer.status === 200 ? (answer.body.data as { id: string }[]).map(({ id }) => id) : answer.body.message;
  };

  test("an id with capitals is nobody's; with no id at all it is those who have none", async () => {
    const tag = await givenTag(clinic);
    const tagged = await givenPatient(clinic, { tags: [tag.id] });
    for (const parameter of ["tags", "sites"]) expect(await idsOf(`${parameter}=${"F".repeat(24)}`)).toEqual([]);
    expect(await idsOf(`tags=${tag.id},_`)).toEqual([tagged.id]);
    const untagged = await idsOf("tags=_&limit=1000");
    expect(untagged).toContain(patient.id);
    expect(untagged).not.toContain(tagged.id);
  });

  test.each([",", ",,", "_,", ",_", `${"0".repeat(24)},`])("400 for an empty entry: %s", async (ids) => {
    for (const parameter of ["tags", "sites"]) {
      expect(await idsOf(`${parameter}=${ids}`)).toBe(
        `parameter "${parameter}" in query has an error: empty value is not allowed`,
      );
    }
    const tide = `${clinic.path}/tide_report?period=14d&lastDataCutoff=2026-03-01T00:00:00Z&tags=${ids}`;
    expect((await clinic.member.get(tide)).status).toBe(400);
  });
});

describe("inputs of the internal entrypoint", () => {
  const api = () => exports.InternalApi({ props: { caller: "mailer", scopes: ["*"] } });
  const refusalOf = (call: PromiseLike<unknown>) =>
    call.then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );

  test.each([
    ["user.name", { name: LIGATURES }],
    ["user.email", { email: "rosa\u200b@example.org" }],
    ["user.roles", { roles: Array(60).fill("clinic") }],
    ["user.profile.fullName", { profile: { fullName: "x".repeat(300) } }],
    ["user.profile.patient.birthday", { profile: { patient: { birthday: "2087-02-03" } } }],
    ["user.profile.patient.mrn", { profile: { patient: { mrn: "A\u200b" } } }],
    ["user.profile.patient.targetDevices", { profile: { patient: { targetDevices: Array(90_000).fill("d") } } }],
  ])("are bounded: %s", async (field, input) => {
    expect(await refusalOf(api().putUser({ id: newUserId(), ...input }))).toContain(field);
  });

  test("are refused in our own words", async () => {
    expect(await refusalOf(api().putUser({} as never))).toBe("user.id: value is required but missing");
    expect(await refusalOf(api().listFailedEntries({ after: "x".repeat(300) }))).toContain(
      "after: at most 256 characters",
    );
    expect(await refusalOf(api().requeueEntry({ id: "x".repeat(300) }))).toContain("id: at most");
  });
});
