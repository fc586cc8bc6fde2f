import { receiver, sweepEvents } from "../events/receiver.ts";
import { HARBOR } from "../examples/scenario/people.ts";
import { cbg, settle } from "../device-data.ts";
import { givenAccount, service } from "../harness.ts";
import type { Recorder } from "../examples/recorder.ts";

/**
 * What the scenario of the examples leaves out: the mails and jobs around a person who has device data and joins a clinic, and an
 * event that is sent.
 */
export async function playEncore(recorder: Recorder): Promise<void> {
  const [admin, person] = [await givenAccount(), await givenAccount()];
  const [ana, noor, backend] = [recorder.as(admin), recorder.as(person), recorder.as(await service("encore"))];
  const { id: clinicId, shareCode } = await ana("CreateClinic", { body: { ...HARBOR, name: "Encore" } });
  const subscription = { url: "https://receiver.example/encore", events: ["patient.created"] };
  await backend("CreateEventSubscription", { path: { clinicId }, body: subscription });
  const { data: set } = await noor("OpenDataSet", { path: { userId: person.id }, body: {} });
  await noor("AddData", { path: { dataSetId: set.id }, body: [cbg(Date.now() - 3_600_000)] });
  await noor("UpdateDataSet", { path: { dataSetId: set.id }, body: { state: "closed" } });
  await settle(person.id);
  const body = { shareCode, permissions: { view: {}, upload: {} } };
  const { key } = await noor("SendPatientInvitation", { path: { userId: person.id }, body });
  const record = { fullName: "Encore", birthDate: "1979-10-05", mrn: "EN-1" };
  await ana("AcceptPatientInvitation", { path: { clinicId, inviteId: key }, body: record });
  await settle(person.id);
  const there = receiver();
  await sweepEvents();
  await backend("ListEventSubscriptions", { path: { clinicId } });
  there.close();
  await backend("DeleteUserFromClinics", { path: { userId: person.id } });
}
