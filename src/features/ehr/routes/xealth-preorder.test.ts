import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  BEARER_TOKEN,
  fakeXealth,
  type FakeXealth,
  nameOf,
  PROGRAM,
  somebody,
  subjectOf,
  xealthClinic,
} from "../../../../test/ehr/fake-xealth.ts";
import { countRows, givenAccount, givenPatient, givenTag, newUserId, rows } from "../../../../test/harness.ts";

let xealth: FakeXealth;
beforeEach(() => {
  xealth = fakeXealth();
});
afterEach(() => xealth.restore());

const formOf = (answer: { body: any }): string | undefined => answer.body.preorderFormInfo?.formId;
const firstErrorOf = (answer: { body: any }): string =>
  answer.body.preorderFormInfo.formSchema.properties.error_0.description;
const countPreorders = (clinicId: string) => countRows("xealth_preorders WHERE clinic_id = ?", clinicId);
const entry = (userInput: unknown, fields: object = {}) => ({
  formData: { dataTrackingId: "t", userInput, ...fields },
});

describe("every call of Xealth", () => {
  const calls = [
    ["POST", "preorder"],
    ["POST", "notification"],
    ["PUT", "programs"],
    ["PUT", "program"],
  ] as const;
  const required = "unauthorized: bearer token is required";
  const wrong = "unauthorized: bearer token is invalid";

  test.each(calls)("proves itself with the bearer token: %s %s", async (method, path) => {
    const given: [string | undefined, number, string][] = [
      [undefined, 401, required],
      ["", 401, required],
      [BEARER_TOKEN, 401, required],
      [`bearer ${BEARER_TOKEN}`, 401, required],
      [`Basic ${BEARER_TOKEN}`, 401, required],
      ["Bearer", 401, required],
      [`Bearer  ${BEARER_TOKEN}`, 401, wrong],
      [`Bearer ${BEARER_TOKEN.slice(1)}`, 401, wrong],
      [`Bearer ${BEARER_TOKEN}x`, 401, wrong],
    ];
    for (const [authorization, status, message] of given) {
      const answer = await xealth.call(method, path, {}, authorization === undefined ? {} : { authorization });
      expect([authorization, answer.status, answer.body.message]).toEqual([authorization, status, message]);
    }
  });

  test.each(calls)("is not for those with a session token: %s %s", async (method, path) => {
    const { service } = await xealthClinic();
    const answer = await xealth.call(method, path, {}, { "x-tidepool-session-token": service.token });
    expect([answer.status, answer.body.message]).toEqual([401, required]);
  });

  test.each(calls)("is refused where the integration is not enabled: %s %s", async (method, path) => {
    xealth.restore();
    xealth = fakeXealth({ XEALTH_ENABLED: "false" });
    const answer = await xealth.call(method, path, {});
    expect([answer.status, answer.body.message]).toEqual([404, "not found: the Xealth integration is not enabled"]);
  });

  test.each(calls)("has JSON: %s %s", async (method, path) => {
    const headers = { authorization: `Bearer ${BEARER_TOKEN}` };
    const status = async (body: unknown, more: Record<string, string> = {}) =>
      (await xealth.call(method, path, body, { ...headers, ...more })).status;
    expect(await status("{")).toBe(400);
    expect(await status([])).toBe(400);
    expect(await status("")).toBe(400);
    expect(await status("{}", { "content-type": "text/plain" })).toBe(415);
    expect(await status(`{"a":"${"x".repeat(1024 * 1024)}"}`)).toBe(413);
    expect(await status(`{"a":${"[".repeat(40)}${"]".repeat(40)}}`)).toBe(400);
  });

  test("has the token for nothing else", async () => {
    const { path, clinicId } = await xealthClinic();
    const headers = { authorization: `Bearer ${BEARER_TOKEN}` };
    const { send } = await import("../../../../test/harness.ts");
    for (const other of [
      path,
      `${path}/patients`,
      "/v1/clinics",
      `/v1/xealth/report/web/viewer.html?clinicId=${clinicId}`,
    ]) {
      expect((await send("GET", other, { headers, through: xealth.through })).status).toBeGreaterThanOrEqual(400);
    }
  });
});

describe("an event that is no preorder", () => {
  test.each([
    [{ eventType: "order" }, "bad request: expected eventType='preorder' got order"],
    [{ eventType: undefined }, "bad request: expected eventType='preorder' got "],
    [{ eventType: "Ana Gil" }, "bad request: expected eventType='preorder' got ?"],
    [{ eventContext: "final" }, "bad request: invalid event context final"],
    [{ eventContext: null }, "bad request: invalid event context "],
  ])("is refused: %j", async (fields, message) => {
    const answer = await xealth.preorder("initial", await xealthClinic(), somebody(), fields);
    expect([answer.status, answer.body.message]).toEqual([400, message]);
  });
});

describe.each(["initial", "subsequent"])("the %s call", (context) => {
  const send = (clinic: { deployment: string }, person = somebody(), fields: object = {}) =>
    xealth.preorder(context, clinic as never, person, { ...entry({}), ...fields });
  const doing = `matching ${context} preorder request: `;

  test("without the name of a health system is refused", async () => {
    const answer = await send(await xealthClinic(), somebody(), { deployment: undefined });
    expect([answer.status, answer.body.message]).toEqual([400, `${doing}bad request: deployment is required`]);
  });

  test("of a health system without a clinic is 404, of one with two 409", async () => {
    const notFound = `${doing}not found: couldn't find matching clinic`;
    const unknown = await send({ deployment: "unknown" });
    expect([unknown.status, unknown.body.message]).toEqual([404, notFound]);
    const disabled = await send(await xealthClinic({ enabled: false }));
    expect([disabled.status, disabled.body.message]).toEqual([404, notFound]);
    const ofRedox = await xealthClinic({
      provider: "redox",
      destinationIds: { flowsheet: "f", notes: "n", results: "r" },
      procedureCodes: { enableSummaryReports: "a", disableSummaryReports: "b", createAccount: "c" },
    });
    expect((await send(ofRedox)).status).toBe(404);
    const one = await xealthClinic();
    await xealthClinic({ sourceId: one.deployment });
    const answer = await send(one);
    expect([answer.status, answer.body.message]).toEqual([409, `${doing}duplicate: found multiple matching clinics`]);
  });

  test.each([
    ["datasets", { datasets: undefined }, "datasets is required"],
    ["demographics", { datasets: {} }, "demographics is required"],
    ["a number", { patientIdentity: { ids: [] } }, "mrn is missing"],
    ["an identity", { patientIdentity: null }, "mrn is missing"],
    ["a number of the clinic's type", { patientIdentity: { ids: [{ id: "1", type: "EPI" }] } }, "mrn is missing"],
    ["a birth date", { datasets: { demographicsV1: { name: { given: ["A"] } } } }, "date of birth is missing"],
    ["a name", { datasets: { demographicsV1: { birthDate: "1990-01-01", name: {} } } }, "full name is missing"],
    [
      "a name that is one",
      { datasets: { demographicsV1: { birthDate: "1990-01-01", name: "x" } } },
      "full name is missing",
    ],
  ])("without %s is refused", async (_, fields, message) => {
    const answer = await send(await xealthClinic(), somebody(), fields);
    expect([answer.status, answer.body.message]).toEqual([400, `${doing}bad request: ${message}`]);
  });

  test("about a number that several patients have is 422", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    await givenPatient(clinic, { fullName: "One", birthDate: "1990-01-01", mrn: person.mrn });
    await givenPatient(clinic, { fullName: "Two", birthDate: "1991-01-01", mrn: person.mrn.toLowerCase() });
    const answer = await send(clinic, person);
    expect([answer.status, answer.body.message]).toEqual([
      422,
      `${doing}constraint violation: multiple matching patients found`,
    ]);
  });

  test("about a patient asks nothing more; with another birth date it says what to do", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    await givenPatient(clinic, { fullName: "Other", birthDate: person.birthDate, mrn: person.mrn.toUpperCase() });
    const ready = await send(clinic, person);
    expect([ready.status, ready.body]).toEqual([200, {}]);
    const other = await send(clinic, { ...person, birthDate: "1985-05-06" });
    expect([other.status, formOf(other), other.body.notOrderable]).toEqual([200, "error_form", true]);
    expect(firstErrorOf(other)).toMatch(/date of birth/);
    expect(await countPreorders(clinic.clinicId)).toBe(0);
  });

  test("finds a patient among many who have another of the numbers", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    await givenPatient(clinic, { fullName: "Zoe", birthDate: person.birthDate, mrn: person.mrn });
    const model = await givenPatient(clinic, { fullName: "Abe", birthDate: "1970-01-01", mrn: "common" });
    const columns = (
      await rows<{ name: string }>(
        "SELECT name FROM pragma_table_info('patients') WHERE name NOT IN ('key', 'user_id')",
      )
    )
      .map(({ name }) => name)
      .join(", ");
    await rows(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
       INSERT INTO patients (user_id, ${columns}) SELECT printf('%010x', 800000000000 + n.i), ${columns} FROM n CROSS JOIN patients WHERE user_id = ? AND clinic_id = ? RETURNING 1`,
      model.id,
      clinic.clinicId,
    );
    const ids = [
      { id: "common", type: "OTHER" },
      { id: person.mrn, type: "MRN" },
    ];
    const answer = await send(clinic, person, { patientIdentity: { ids } });
    expect([answer.status, answer.body]).toEqual([200, {}]);
  });

  test("knows nobody of other clinics", async () => {
    const [clinic, other] = [await xealthClinic(), await xealthClinic()];
    const person = somebody();
    await givenPatient(other, { fullName: "Other", birthDate: "1999-09-09", mrn: person.mrn });
    expect(formOf(await send(clinic, person))).not.toBe("error_form");
  });

  test("asks the database once before it answers", async () => {
    const answer = await send(await xealthClinic());
    expect(answer.calls).toBe(context === "initial" ? 1 : 2);
  });
});

describe("the initial call", () => {
  test("asks for the details of a new patient, and keeps nothing", async () => {
    const clinic = await xealthClinic();
    const tag = await givenTag(clinic);
    const person = somebody({ email: "nora@example.org" });
    const { status, body } = await xealth.preorder("initial", clinic, person);
    expect(status).toBe(200);
    expect(body.dataTrackingId).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.notOrderable).toBe(false);
    expect(body.preorderFormInfo).toMatchObject({
      formId: "patient_enrollment_form",
      formData: { patient: { email: "nora@example.org" } },
      formSchema: {
        title: `Add ${nameOf(person)} to Clinics Edge`,
        definitions: { tags: { enum: [tag.id], enumNames: [tag.name] } },
      },
    });
    expect(await countPreorders(clinic.clinicId)).toBe(0);
  });

  test.each([
    ["the day before", 1, "guardian_enrollment_form"],
    ["on the day", 0, "patient_enrollment_form"],
    ["the day after", -1, "patient_enrollment_form"],
  ])("asks a guardian until the 13th birthday: %s", async (_, days, expected) => {
    const day = new Date(Date.now() + days * 86_400_000);
    const birthDate = `${day.getUTCFullYear() - 13}-${day.toISOString().slice(5, 10)}`;
    const answer = await xealth.preorder("initial", await xealthClinic(), somebody({ birthDate }));
    expect(formOf(answer)).toBe(expected);
  });

  test.each(["no date", "2020", "2020-13-01"])("takes %j for the birth date of an adult", async (birthDate) => {
    const answer = await xealth.preorder("initial", await xealthClinic(), somebody({ birthDate }));
    expect(formOf(answer)).toBe("patient_enrollment_form");
  });

  test("does not ask for the program", async () => {
    const answer = await xealth.preorder("initial", await xealthClinic(), somebody(), { programId: "other" });
    expect([PROGRAM, formOf(answer)]).toEqual(["P1", "patient_enrollment_form"]);
  });
});

describe("the subsequent call", () => {
  test("keeps a valid entry; what was entered last counts", async () => {
    const clinic = await xealthClinic();
    const person = somebody();
    const send = (userInput: object) => xealth.preorder("subsequent", clinic, person, entry(userInput));
    for (const email of ["first@b.test", `second${newUserId()}@b.test`]) {
      const answer = await send({ patient: { email } });
      expect([answer.status, answer.body]).toEqual([200, {}]);
    }
    expect(await countPreorders(clinic.clinicId)).toBe(1);
    expect(await countRows("xealth_preorders WHERE clinic_id = ? AND data LIKE '%second%'", clinic.clinicId)).toBe(1);
    const answer = await send({ patient: { email: "third" } });
    expect(formOf(answer)).toBe("error_form");
    expect(await countRows("xealth_preorders WHERE clinic_id = ? AND data LIKE '%second%'", clinic.clinicId)).toBe(1);
  });

  test.each([
    ["an adult's address that is none", {}, { patient: { email: "Ana <a@b.test>" } }],
    ["a child without a guardian", { birthDate: "2020-01-01" }, { patient: { email: "a@b.test" } }],
    ["a guardian without a name", { birthDate: "2020-01-01" }, { guardian: { firstName: " ", lastName: "x" } }],
  ])("shows %s with what was entered, and keeps nothing", async (_, fields, userInput) => {
    const clinic = await xealthClinic();
    const answer = await xealth.preorder("subsequent", clinic, somebody(fields), entry(userInput));
    expect(answer.body).toMatchObject({ dataTrackingId: "t", notOrderable: true });
    expect(answer.body.preorderFormInfo.formData).toEqual(userInput);
    expect(firstErrorOf(answer)).toMatch(/could not be created/);
    expect(firstErrorOf(answer)).toContain("support@");
    expect(await countPreorders(clinic.clinicId)).toBe(0);
  });

  test("shows that an address belongs to somebody", async () => {
    const clinic = await xealthClinic();
    const email = `taken${newUserId()}@b.test`;
    await givenAccount({ email, email_verified: true });
    const userInput = { patient: { email: email.toUpperCase() } };
    const answer = await xealth.preorder("subsequent", clinic, somebody(), entry(userInput));
    expect(Object.keys(answer.body.preorderFormInfo.formSchema.properties)).toHaveLength(4);
    expect(firstErrorOf(answer)).toMatch(/already belongs/);
    expect(answer.body.preorderFormInfo.formData).toEqual(userInput);
  });

  test.each([
    ["an MRN", { mrn: "x".repeat(65) }],
    ["an MRN", { mrn: "1\u200b2" }],
    ["a name", { family: "x".repeat(257) }],
    ["a name", { given: "A\tB" }],
    ["a birth date", { birthDate: "1990-02-30" }],
    ["a birth date", { birthDate: "2990-01-01" }],
    ["a birth date", { birthDate: "02-03-1990" }],
  ])("shows that no record can have %s like this: %j", async (_, fields) => {
    const clinic = await xealthClinic();
    const answer = await xealth.preorder("subsequent", clinic, somebody(fields), entry({ patient: {} }));
    expect([answer.status, formOf(answer), answer.body.notOrderable]).toEqual([200, "error_form", true]);
    expect(firstErrorOf(answer)).toMatch(/correct them in the EHR/);
    expect(await countPreorders(clinic.clinicId)).toBe(0);
  });

  test.each([{}, { dataTrackingId: undefined }])("that was cancelled keeps nothing: %j", async (fields) => {
    const clinic = await xealthClinic();
    const cancelled = entry({ patient: {} }, { canceled: true, ...fields });
    const answer = await xealth.preorder("subsequent", clinic, somebody(), cancelled);
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(await countPreorders(clinic.clinicId)).toBe(0);
  });

  test.each([
    [{ formData: undefined }, "bad request: formData.dataTrackingId is required"],
    [{ formData: { dataTrackingId: "" } }, "bad request: formData.dataTrackingId is required"],
    [{ formData: { dataTrackingId: "x".repeat(257) } }, "bad request: formData.dataTrackingId is required"],
    [entry("text"), "bad request: formData.userInput has a wrong type"],
    [entry({ patient: { email: 7 } }), "bad request: formData.userInput.patient.email has a wrong type"],
  ])("is refused: %j", async (fields, message) => {
    const answer = await xealth.preorder("subsequent", await xealthClinic(), somebody(), fields);
    expect([answer.status, answer.body.message]).toEqual([400, `matching subsequent preorder request: ${message}`]);
  });

  test("without an entry is one of nothing", async () => {
    const clinic = await xealthClinic();
    expect((await xealth.preorder("subsequent", clinic, somebody(), entry(undefined))).body).toEqual({});
    expect(await countPreorders(clinic.clinicId)).toBe(1);
  });
});

test("what was entered is deleted with the clinic", async () => {
  const clinic = await xealthClinic();
  await xealth.preorder("subsequent", clinic, somebody(), entry({}));
  expect((await clinic.admin.delete(clinic.path)).status).toBe(204);
  expect(await countPreorders(clinic.clinicId)).toBe(0);
});

test("what was entered is deleted after 90 days", async () => {
  const clinic = await xealthClinic();
  await xealth.preorder("subsequent", clinic, somebody(), entry({}));
  await xealth.cron(Date.now() + 89 * 86_400_000);
  expect(await countPreorders(clinic.clinicId)).toBe(1);
  await xealth.cron(Date.now() + 91 * 86_400_000);
  expect(await countPreorders(clinic.clinicId)).toBe(0);
});

test("no refusal says whom it is about", async () => {
  const clinic = await xealthClinic();
  const person = somebody({ email: "nora@example.org" });
  for (const fields of [{ eventType: person.mrn }, { eventContext: nameOf(person) }, { datasets: undefined }]) {
    const { text } = await xealth.preorder("initial", clinic, person, fields);
    for (const secret of [person.mrn, nameOf(person), "nora@", person.birthDate]) expect(text).not.toContain(secret);
  }
  expect(subjectOf(clinic, person).patientIdentity.ids[0].id).toBe(person.mrn);
});
