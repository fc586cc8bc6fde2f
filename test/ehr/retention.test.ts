import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sweeps } from "../../src/features/ehr/sweeps.ts";
import { Db } from "../../src/platform/db/client.ts";
import { countRows, rows } from "../harness.ts";
import { CODES, connectedClinic, type FakeRedox, fakeRedox, jobsOf, orderFor, patientWithData } from "./fake-redox.ts";

const DAY = 86_400_000;

let redox: FakeRedox;
beforeEach(async () => {
  redox = await fakeRedox();
});
afterEach(() => redox.restore());

/** Runs the sweeps of EHRs alone, so many days from now. */
async function sweepAfter(days: number): Promise<void> {
  for (const { run } of sweeps)
    await run({ bindings: env, db: new Db(env.DB), trail: new Db(env.AUDIT_DB), now: Date.now() + days * DAY });
}

type Clinic = Awaited<ReturnType<typeof connectedClinic>>;
const messagesOf = ({ sourceId }: Clinic) => countRows("ehr_messages WHERE source_id = ?", sourceId);

async function ordered(code: string) {
  const clinic = await connectedClinic();
  const patient = await patientWithData(clinic);
  await redox.post(orderFor(clinic, patient as never, code));
  await redox.run();
  return { clinic, patient };
}

describe("a message", () => {
  test("is kept for ninety days", async () => {
    const { clinic } = await ordered(CODES.disableSummaryReports);
    const [{ id } = { id: "" }] = await rows<{ id: string }>(
      "SELECT id FROM ehr_messages WHERE source_id = ?",
      clinic.sourceId,
    );
    const ordersLeft = () => rows("SELECT 1 FROM outbox WHERE unique_key = ?", `ehr-order:${id}`);
    await sweepAfter(89);
    expect(await messagesOf(clinic)).toBe(1);
    await sweepAfter(91);
    expect([await messagesOf(clinic), await ordersLeft()]).toEqual([0, []]);
  });

  test("is kept as long as an active subscription answers it, and goes after that", async () => {
    const { clinic, patient } = await ordered(CODES.enableSummaryReports);
    for (const days of [91, 122, 153]) await sweepAfter(days);
    expect(await messagesOf(clinic)).toBe(1);
    await clinic.admin.delete(`${clinic.path}/patients/${patient.id}`);
    await sweepAfter(184);
    expect(await messagesOf(clinic)).toBe(0);
  });

  test("that is still to be applied is kept, however old it is", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    await sweepAfter(400);
    expect(await messagesOf(clinic)).toBe(1);
  });
});

describe("a job", () => {
  const entry = (id: string) => countRows("outbox WHERE unique_key = ?", `ehr-job:${id}`);

  test("is kept for ninety days, with its entry in the outbox", async () => {
    const { patient } = await ordered(CODES.enableSummaryReports);
    const [job] = await jobsOf(patient.id);
    await rows("UPDATE ehr_jobs SET state = 'skipped' WHERE id = ? RETURNING id", job!.id);
    await sweepAfter(89);
    expect([await jobsOf(patient.id), await entry(job!.id)]).toMatchObject([[{}], 1]);
    await sweepAfter(91);
    expect([await jobsOf(patient.id), await entry(job!.id)]).toEqual([[], 0]);
  });

  test("that was the last one sent is kept as long as its order is, so that nothing is sent again", async () => {
    const { clinic, patient } = await ordered(CODES.enableSummaryReports);
    const [job] = await jobsOf(patient.id);
    expect(job!.state).toBe("sent");
    for (const days of [91, 122, 153]) await sweepAfter(days);
    redox.messages.length = 0;
    await redox.sendAs(clinic.service, "POST", `/v1/patients/${patient.id}/ehr/sync`);
    await redox.run();
    expect(redox.messages).toEqual([]);
    await clinic.admin.delete(`${clinic.path}/patients/${patient.id}`);
    for (const days of [184, 215, 246]) await sweepAfter(days);
    expect([await countRows("ehr_jobs WHERE id = ?", job!.id), await entry(job!.id)]).toEqual([0, 0]);
  });

  test("that is not done is kept, however old it is", async () => {
    const clinic = await connectedClinic();
    const patient = await patientWithData(clinic);
    await redox.post(orderFor(clinic, patient as never, CODES.enableSummaryReports));
    redox.troubles.push({}, { status: 500 });
    await redox.run();
    await sweepAfter(400);
    expect(await jobsOf(patient.id)).toMatchObject([{ state: "sending" }]);
  });
});
