import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pace } from "./pace.ts";

/** Steps on a database that takes so long for a step and for each of its patients. */
function afterSteps(steps: number, database: { stepMs: number; patientMs: number }, pace = new Pace()): number {
  const took = (patients: number) => database.stepMs + database.patientMs * patients;
  for (let i = 0; i < steps; i++) pace.took(pace.patientsPerStep, took(pace.patientsPerStep));
  return took(pace.patientsPerStep);
}

describe("the pace of a merge", () => {
  test("comes to steps that take the database about twenty-five milliseconds, be it slow or fast", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.double({ min: 0.02, max: 0.6, noNaN: true }),
        (stepMs, patientMs) => {
          const ms = afterSteps(20, { stepMs, patientMs });
          expect(ms).toBeGreaterThan(16);
          expect(ms).toBeLessThan(34);
        },
      ),
    );
  });

  test("moves at least twenty and at most a thousand patients a step, whatever the clock says", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }))), (times) => {
        const pace = new Pace();
        for (const ms of times) pace.took(pace.patientsPerStep, ms);
        expect(pace.patientsPerStep).toBeGreaterThanOrEqual(20);
        expect(pace.patientsPerStep).toBeLessThanOrEqual(1000);
      }),
    );
  });

  test("gives a step that was slow for once little weight", () => {
    const pace = new Pace();
    afterSteps(20, { stepMs: 0, patientMs: 0.1 }, pace);
    const usual = pace.patientsPerStep;
    pace.took(usual, 5_000);
    expect(pace.patientsPerStep).toBeGreaterThan(usual / 2);
  });
});
