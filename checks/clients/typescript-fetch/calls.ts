import assert from "node:assert/strict";
import {
  Configuration,
  DeviceDataApi,
  ClinicsApi,
  PatientsApi,
  ResponseError,
  type ErrorV1,
} from "./generated/index.ts";

/** The calls of the check, with the client of openapi-generator for TypeScript. */
const [basePath = "", token = "", clinicId = "", clinicName = "", personId = ""] = process.argv.slice(2);
const configuration = new Configuration({ basePath, apiKey: token });
const clinics = new ClinicsApi(configuration);
const patients = new PatientsApi(configuration);
const deviceData = new DeviceDataApi(configuration);

async function call(name: string, body: () => Promise<void>): Promise<void> {
  await body();
  console.log(`called ${name}`);
}

await call("list patients, filtered and ordered", async () => {
  const { data, meta } = await patients.listPatients({
    clinicId,
    cgmTimeInVeryLowPercent: ">0.001",
    sort: "-timeInVeryLowPercent",
    sortType: "cgm",
    period: "14d",
    limit: 3,
  });
  const percents = data.map((it) => it.summary!.cgmStats!.periods!["14d"]!.timeInVeryLowPercent!);
  assert.ok(data.length > 1 && meta.count! >= data.length);
  assert.ok(percents.every((it, i) => it > 0.001 && (i === 0 || it <= percents[i - 1]!)));
});

await call("read a clinic: an enum, a time", async () => {
  const clinic = await clinics.getClinic({ clinicId });
  assert.equal(clinic.name, clinicName);
  assert.equal(clinic.preferredBgUnits, "mg/dL");
  assert.ok(Date.parse(clinic.createdTime) > 0);
});

await call("query data of several types", async () => {
  const startDate = new Date(Date.now() - 2 * 86_400_000).toISOString();
  const data = await deviceData.queryData({
    userId: personId,
    type: "basal,bolus,cbg,deviceEvent,food,smbg,upload,wizard",
    startDate,
  });
  const cbg = data.filter((it) => it.type === "cbg");
  const scheduled = data.filter((it) => it.type === "basal").filter((it) => it.deliveryType === "scheduled");
  assert.ok(cbg.length > 100 && cbg.every((it) => it.value > 1 && it.units === "mmol/L"));
  assert.ok(scheduled.length > 0 && scheduled.every((it) => it.rate! >= 0 && it.duration > 0));
  assert.ok(data.some((it) => it.type === "bolus" && it.subType === "normal" && it.normal! > 0));
});

await call("page through data by a header", async () => {
  const query = { userId: personId, type: "cbg", limit: 2 };
  const first = await deviceData.queryDataRaw(query);
  const cursor = first.raw.headers.get("x-next-cursor") ?? undefined;
  const second = await deviceData.queryData({ ...query, cursor });
  const ids = [...(await first.value()), ...second].map((it) => it.id);
  assert.equal(new Set(ids).size, 4);
});

await call("ask for the time", async () => {
  const { data } = await deviceData.getTime();
  assert.ok(Math.abs(Date.parse(data.time) - Date.now()) < 60_000);
});

const patientInputV1 = { fullName: "Tove Berg", birthDate: "1990-02-03", mrn: "TF-1", tags: null };
const key = crypto.randomUUID();
const created = await patients.createPatientAccountRaw({ clinicId, patientInputV1, idempotencyKey: key });
const patient = await created.value();
const patientId = patient.id;

await call("create a patient", async () => {
  assert.equal(patient.fullName, "Tove Berg");
  assert.equal(patient.birthDate, "1990-02-03");
  assert.equal(patient.email, undefined);
  assert.deepEqual(patient.tags, []);
});

await call("create it once more with the same key", async () => {
  const again = await patients.createPatientAccountRaw({ clinicId, patientInputV1, idempotencyKey: key });
  assert.equal((await again.value()).id, patientId);
  assert.equal(again.raw.headers.get("idempotent-replayed"), "true");
});

await call("update the patient", async () => {
  const changed = { ...patientInputV1, fullName: "Tove Lind", targetDevices: ["dexcom"] };
  const updated = await patients.updatePatient({ clinicId, patientId, patientInputV1: changed });
  assert.equal(updated.fullName, "Tove Lind");
  assert.deepEqual((await patients.getPatient({ clinicId, patientId })).targetDevices, ["dexcom"]);
});

await call("add data of several types", async () => {
  const { data: set } = await deviceData.openDataSet({ userId: patientId, dataSetCreationV1: { deviceId: "P-1" } });
  const [time, deviceId] = [new Date().toISOString(), "P-1"];
  await deviceData.addData({
    dataSetId: set.id,
    datumIngestionV1: [
      { type: "cbg", time, deviceId, units: "mg/dL", value: 120 },
      { type: "deviceEvent", subType: "prime", primeTarget: "cannula", volume: 0.5, time, deviceId },
      { type: "bolus", subType: "normal", normal: 2, time, deviceId },
    ],
  });
  await deviceData.updateDataSet({ dataSetId: set.id, dataSetUpdateV1: { state: "closed" } });
  const stored = await deviceData.queryData({ userId: patientId, type: "cbg,deviceEvent,bolus" });
  assert.deepEqual(stored.map((it) => it.type).sort(), ["bolus", "cbg", "deviceEvent"]);
});

await call("delete the patient", async () => {
  const answer = await patients.deletePatientRaw({ clinicId, patientId });
  assert.equal(answer.raw.status, 204);
});

await call("be refused, with a typed error", async () => {
  const refused = await patients.getPatient({ clinicId, patientId }).catch((error: unknown) => error);
  assert.ok(refused instanceof ResponseError);
  assert.equal(refused.response.status, 404);
  const error = (await refused.response.json()) as ErrorV1;
  assert.equal(error.code, 404);
  assert.ok(error.message.length > 0);
});
