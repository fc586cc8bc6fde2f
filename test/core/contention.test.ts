import { expect, test } from "vitest";
import { type Answer, givenClinic, givenPatient, statuses } from "../harness.ts";

const writers = (n: number, write: (i: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: n }, (_, i) => write(i)));

/** Refused at the most because it took too long, and then told when to come again. */
const expectNoConflict = (answers: readonly Answer[]) => {
  const refused = answers.filter(({ status }) => status !== 200);
  for (const { status, headers } of refused) {
    expect(status).toBe(503);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect(statuses(answers).filter((status) => status === 200).length).toBeGreaterThan(answers.length / 2);
};

test("of a hundred writers of one clinic none is refused as a conflict, and each lost answer is one that was told", async () => {
  const clinic = await givenClinic();
  const { body: before } = await clinic.admin.get(clinic.path);
  const answers = await writers(100, (i) => clinic.admin.put(clinic.path, { ...before, name: `Harbor ${i}` }));
  expectNoConflict(answers);
});

test("of forty writers of one patient none is refused as a conflict", async () => {
  const clinic = await givenClinic();
  const patient = await givenPatient(clinic);
  const path = `${clinic.path}/patients/${patient.id}`;
  const answers = await writers(40, (i) =>
    clinic.admin.put(path, { fullName: `Ada ${i}`, birthDate: patient.birthDate }),
  );
  expectNoConflict(answers);
});
