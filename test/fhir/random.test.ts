import { expect, test } from "vitest";
import { randomOf } from "../../scripts/synthetic.ts";
import { givenClinic, givenPatient, rows } from "../harness.ts";
import { givenSummary, type PeriodValues } from "../summaries.ts";
import { BASE, recordId, statistics, statsOf } from "./given.ts";
import { expectToBeFhir } from "./structure.ts";

const PATIENTS = 30;
const RANGES = ["VeryLow", "Low", "Target", "High", "VeryHigh"] as const;

/** Half of the last digit that is written, and what a double can't hold. */
const half = (written: string) => 0.5 * 10 ** -(written.split(".")[1]?.length ?? 0) + 1e-9;

test("whatever a patient has: every answer is as R4 and the guide want it, with the numbers of the summary", async () => {
  const random = randomOf("fhir");
  const is = (share: number) => random() < share;
  for (let n = 0; n < PATIENTS; n++) {
    const isMass = is(0.5);
    const clinic = await givenClinic({
      preferredBgUnits: isMass ? "mg/dL" : "mmol/L",
      ...(is(0.5) && { timezone: "US/Pacific" }),
    });
    const { id: userId } = await givenPatient(clinic, { ...(is(0.5) && { mrn: `M ${n}` }) });
    const missing = [is(0.2) && "full_name = NULL", is(0.2) && "birth_date = '0001-01-01'"].filter(Boolean).join(", ");
    if (missing) await rows(`UPDATE patients SET ${missing} WHERE user_id = ? RETURNING 1`, userId);
    const id = recordId(clinic.clinicId, userId);
    const use = random() * 1.1;
    const values: PeriodValues = statistics(4 + 10 * random(), random(), Math.ceil(14 * random()), use, {
      ...(is(0.7) && { gmi: Math.round(60 + 30 * random()) / 10 }),
      ...(is(0.7) && { ranges: RANGES.map(() => random()) }),
    });
    const has = is(0.85);
    if (has) await givenSummary(clinic.clinicId, userId, { cgmStats: await statsOf({ "14d": values }) });

    const answers = await Promise.all(
      [`/Patient/${id}`, `/Patient/${id}/$cgm-summary`, `/Observation?patient=${id}`, `/Patient?_id=${id}`].map(
        (path) => clinic.member.get(BASE + path),
      ),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expectToBeFhir(body);
    }
    const written = new Map<string, string[]>();
    for (const part of answers[1]!.text.split('"resource":').slice(1)) {
      const metric = /"id":"[^"]+\.c14(\w+)"/.exec(part)?.[1];
      if (metric)
        written.set(
          metric,
          [...part.matchAll(/"value":(-?[\d.]+),"unit"/g)].map((match) => match[1]!),
        );
    }
    const expectNear = (metric: string, expected: readonly number[] | undefined) => {
      const found = written.get(metric);
      expect(found === undefined, metric).toBe(expected === undefined);
      for (const [i, text] of (found ?? []).entries())
        expect(Math.abs(Number(text) - expected![i]!), `${metric} ${text} for ${expected![i]}`).toBeLessThanOrEqual(
          half(text),
        );
    };
    const of = (name: string) => values[name] as number | undefined;
    const ranges = RANGES.map((name) => of(`timeIn${name}Percent`));
    const hasRanges = has && ranges[0] !== undefined;
    expectNear("avg", has ? [of("averageGlucoseMmol")! * (isMass ? 18.01559 : 1)] : undefined);
    expectNear("tir", hasRanges ? ranges.map((it) => it! * 100) : undefined);
    expectNear(
      "gmi",
      has && use > 0.7 && of("glucoseManagementIndicator") !== undefined
        ? [of("glucoseManagementIndicator")!]
        : undefined,
    );
    expectNear("cv", has ? [of("coefficientOfVariation")! * 100] : undefined);
    expectNear("day", has ? [of("daysWithData")!] : undefined);
    expectNear("use", has ? [Math.min(1, use) * 100] : undefined);
  }
}, 60_000);
