import { settle } from "../../device-data.ts";
import { rows } from "../../harness.ts";
import { onStage } from "../clock.ts";
import type { Call } from "../recorder.ts";
import { NOOR } from "./people.ts";
import type { Stage } from "./stage.ts";

const PUMP = "PumpCo-900-771203";
const MINUTES_5 = 300_000;

const DATA_SET = {
  dataSetType: "normal",
  client: { name: "org.example.uploader", version: "1.0.0" },
  deviceId: PUMP,
  deviceManufacturers: ["PumpCo"],
  deviceModel: "900",
  deviceSerialNumber: "771203",
  deviceTags: ["insulin-pump", "cgm"],
  timezone: "US/Pacific",
  timezoneOffset: -480,
  version: "1.0.0",
};

const data = () => [
  {
    type: "deviceEvent",
    subType: "prime",
    primeTarget: "cannula",
    volume: 0.5,
    time: onStage("2026-03-02T15:30:00.000Z"),
    deviceTime: onStage("2026-03-02T07:30:00"),
    timezoneOffset: -480,
    deviceId: PUMP,
  },
  {
    type: "cbg",
    units: "mg/dL",
    value: 119,
    time: onStage("2026-03-02T15:35:00.000Z"),
    deviceId: "CgmCo-5-003",
    sampleInterval: MINUTES_5,
  },
  {
    type: "bolus",
    subType: "normal",
    normal: 2.5,
    time: onStage("2026-03-02T15:40:00.000Z"),
    deviceId: PUMP,
  },
];

/** What a pump has uploaded: sent, read, summarised and destroyed. */
export async function playDeviceData({ service, noor }: Stage): Promise<void> {
  const ofUser = { userId: NOOR.id };
  const { data: set } = await noor("OpenDataSet", { path: ofUser, body: DATA_SET });
  const ofSet = { dataSetId: set.id };
  await noor("AddData", { path: ofSet, body: data() });
  const mistaken = "0123456789abcdef0123456789abcdef";
  const reading = { type: "smbg", units: "mg/dL", value: 60, time: onStage("2026-03-02T15:45:00.000Z"), id: mistaken };
  await noor("AddData", { path: ofSet, body: [{ ...reading, deviceId: "MeterCo-1-88" }] });
  await noor("RemoveData", { path: ofSet, body: [{ id: mistaken }] });
  await noor("UpdateDataSet", { path: ofSet, body: { state: "closed" } });
  await noor("GetDataSet", { path: ofSet });
  await noor("ListDataSets", { path: ofUser, query: { deviceId: PUMP, size: 10 } });
  await noor("ListDataSetsInEnvelope", { path: ofUser, query: { page: 0, size: 10 } });
  await noor("QueryData", {
    path: ofUser,
    query: { type: "deviceEvent,cbg", startDate: onStage("2026-03-01T00:00:00.000Z"), limit: 100 },
  });
  await sendContinuously(noor);
  await noor("RecomputeSummary", { path: { ...ofUser, kind: "con" } });
  await settle(NOOR.id);
  await noor("GetSummary", { path: { ...ofUser, kind: "cgm" } });
  await noor("GetTime");
  await givenStanding(Date.parse(onStage("2026-03-02T16:00:00.000Z")));
  await service("ListOutdatedSummaries", { path: { kind: "cgm" }, query: { size: 10 } });
  await service("ListMigratableSummaries", { path: { kind: "cgm" }, query: { size: 10 } });
  await noor("DeleteDataSet", { path: ofSet });
  await service("DeleteUserData", { path: ofUser });
}

/** That the summary of a person is outdated, and was made by an earlier version. */
const givenStanding = (at: number) =>
  rows(
    "UPDATE data_owners SET cgm_outdated_since = ?, schema_version = 5 WHERE user_id = ? RETURNING user_id",
    at,
    NOOR.id,
  );

/** What a sensor sends as it measures: the continuous summary is made of such data alone. */
async function sendContinuously(noor: Call): Promise<void> {
  const body = { dataSetType: "continuous", client: { name: "org.example.sensor-cloud", version: "1.0.0" } };
  const { data: set } = await noor("OpenDataSet", { path: { userId: NOOR.id }, body });
  const reading = { type: "cbg", units: "mg/dL", value: 126, time: onStage("2026-03-02T16:00:00.000Z") };
  await noor("AddData", { path: { dataSetId: set.id }, body: [{ ...reading, deviceId: "CgmCo-5-003" }] });
}
