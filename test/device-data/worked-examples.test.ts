import { expect, test } from "vitest";
import { add, close, DAY_MS, iso, openSet, settle } from "../device-data.ts";
import { givenClinic, givenPatient } from "../harness.ts";
import { FINGERSTICKS, MONTH, MORNING, PERIODS, type SummaryExample } from "../summary-examples.ts";

/** The worked examples, sent as devices send them: what the clinic is shown, and what a change of one reading comes to. */

const DATA_AT_ONCE = 1000;

/** By how much the time of all readings is moved, so that none is too old: whole days. */
const lateBy = ({ readings }: SummaryExample) => {
  const last = Math.max(...readings.map(({ time }) => time));
  return Math.floor((Date.now() - last) / DAY_MS - 1) * DAY_MS;
};
const isAbout = (value: number | undefined) => (value === undefined ? undefined : expect.closeTo(value, 9));

test.each<[string, SummaryExample, "normal" | "continuous"]>([
  ["one morning of three sensors", MORNING, "normal"],
  ["one morning of three sensors, as it goes on", MORNING, "continuous"],
  ["thirty days of a sensor", MONTH, "normal"],
  ["nine days of fingersticks", FINGERSTICKS, "normal"],
  ["nine days of fingersticks, as they go on", FINGERSTICKS, "continuous"],
])("%s", async (_, example, dataSetType) => {
  const { kind, readings, shown } = example;
  const clinic = await givenClinic();
  const { id: userId } = await givenPatient(clinic);
  const late = lateBy(example);
  const data = readings.map((it) => ({ ...it, type: kind === "cgm" ? "cbg" : "smbg", time: iso(it.time + late) }));
  const setId = await openSet(clinic.member, userId, { dataSetType });
  if (dataSetType === "continuous") {
    for (const [i, datum] of data.entries()) {
      await add(clinic.member, setId, [datum]);
      if (i % 5 === 0) await settle(userId);
    }
  } else {
    for (let at = 0; at < data.length; at += DATA_AT_ONCE) {
      await add(clinic.member, setId, data.slice(at, at + DATA_AT_ONCE));
    }
    await close(clinic.member, setId);
  }
  await settle(userId);
  const { body } = await clinic.admin.get(`${clinic.path}/patients/${userId}`);
  const { periods, dates } = body.summary[`${kind}Stats`];
  for (const [field, values] of shown) {
    const found = PERIODS.map((name) => periods[name][field]);
    expect([field, ...found]).toEqual([field, ...values.map(isAbout)]);
  }
  const times = data.map(({ time }) => time);
  expect([dates.firstData, dates.lastData]).toEqual([times[0], times.at(-1)]);
});
