import { describe, expect, test } from "vitest";
import { rows } from "../../../test/harness.ts";
import { look } from "../../../test/merge-expectations.ts";
import { carryOut, type ClinicShape, lockPair, beginUndo, givenPair, keptBy } from "../../../test/merge-rows.ts";

const patient = (person: number, ehr: object) => ({
  person,
  tags: [],
  sites: [],
  isCustodial: false,
  hasSummary: false,
  provider: null,
  ehr,
});
const clinic = (ehrSource: string | null, patients: ClinicShape["patients"]): ClinicShape => ({
  tags: [],
  sites: [],
  members: [{ person: 1, isAdmin: true }],
  patients,
  offers: [],
  ehrSource,
});
const ordersOf = async (clinicId: string) => (await look(clinicId)).patients.map(({ orders }) => orders);
const NEW_ORDER = JSON.stringify({
  summaryAndReports: { active: true, provider: "redox", matchedMessages: [{ id: "new" }], createdAt: 1, updatedAt: 2 },
});

async function merged(source: ClinicShape, target: ClinicShape) {
  const given = await givenPair({ source, target });
  const mergeId = await lockPair(given);
  expect(await carryOut(mergeId)).toBe("done");
  const undo = async () => {
    await beginUndo(mergeId);
    expect(await carryOut(mergeId)).toBe("undone");
    return keptBy(mergeId);
  };
  return { ...given, undo };
}

describe("what an EHR has ordered of a patient", () => {
  test("ends with the move to a clinic of another EHR, and is back when that is undone", async () => {
    const { sourceId, targetId, undo } = await merged(
      clinic("east", [patient(2, { summaryAndReports: true, xealthReports: false })]),
      clinic("west", []),
    );
    const orders = (isActive: boolean) => [
      [
        `summaryAndReports, ${isActive}, summaryAndReports of ${sourceId}`,
        `xealthReports, false, xealthReports of ${sourceId}`,
      ],
    ];
    expect(await ordersOf(targetId)).toEqual(orders(false));
    expect(await undo()).toEqual([]);
    expect(await ordersOf(sourceId)).toEqual(orders(true));
  });

  test.each([
    ["another EHR", "west", false],
    ["the same EHR", "east", true],
  ])(
    "since the merge, by %s, is kept when the merge is undone: active where it is the same",
    async (_, ehr, isActive) => {
      const { sourceId, targetId, undo } = await merged(clinic("east", [patient(3, {})]), clinic(ehr, []));
      await rows("UPDATE patients SET ehr_subscriptions = ? WHERE clinic_id = ? RETURNING key", NEW_ORDER, targetId);
      expect(await undo()).toEqual([expect.stringMatching(/^patient /)]);
      expect(await ordersOf(sourceId)).toEqual([[`summaryAndReports, ${isActive}, new`]]);
    },
  );

  test("of the source alone stays with a person who is in both clinics of one EHR, and leaves again", async () => {
    const { sourceId, targetId, undo } = await merged(
      clinic("east", [
        patient(4, { summaryAndReports: true, xealthReports: true }),
        patient(5, { xealthReports: false }),
      ]),
      clinic("east", [patient(4, { xealthReports: false }), patient(5, {})]),
    );
    expect(await ordersOf(targetId)).toEqual([
      [
        `summaryAndReports, true, summaryAndReports of ${sourceId}`,
        `xealthReports, false, xealthReports of ${targetId}`,
      ],
      [],
    ]);
    expect(await undo()).toEqual([]);
    expect(await ordersOf(targetId)).toEqual([[`xealthReports, false, xealthReports of ${targetId}`], []]);
  });
});
