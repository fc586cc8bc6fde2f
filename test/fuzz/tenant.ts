import { givenSubscription } from "../events/receiver.ts";
import * as fc from "fast-check";
import { add, cbg, openSet } from "../device-data.ts";
import {
  type Caller,
  type GivenClinic,
  givenClinic,
  givenPatient,
  givenSite,
  givenTag,
  rows,
  UNKNOWN_ID,
} from "../harness.ts";
import { givenInvite } from "../invitations.ts";
import { recordIdOf } from "../every-operation/principals.ts";
import { givenPatientInvitation, shareCodeOf } from "../patient-invitations.ts";

/** A clinic with something of everything, and what leads to it. */
export interface Tenant {
  readonly clinic: GivenClinic;
  readonly patient: Caller;
  /** What stands in a path, by the parameter's name: all ids of this tenant that fit there. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
}

/**
 * A tenant all of whose people have the mark in every field that is theirs alone; with `names` its patients, tags and sites are
 * called as those of every other tenant with the same.
 */
export async function givenTenant(mark: string, names = mark): Promise<Tenant> {
  const clinic = await givenClinic({ name: `Clinic ${names}` });
  const site = await givenSite(clinic, `Site ${names}`.slice(0, 40));
  const tag = await givenTag(clinic, `Tag ${names}`.slice(0, 20));
  const custodial = await givenPatient(clinic, {
    fullName: `Kim ${names}`,
    mrn: `${names}-1`,
    email: `${mark.toLowerCase()}-kim@fuzz.test`,
    tags: [tag.id],
    sites: [site],
  });
  const offer = await givenPatientInvitation(clinic, { name: `Lou ${names}` });
  const accepted = await clinic.member.put(offer.path);
  if (accepted.status !== 200) throw new Error(`AcceptPatientInvitation answered ${accepted.status}`);
  const waiting = await givenPatientInvitation(clinic, { name: `Max ${names}` });
  const invite = await givenInvite(clinic, { email: `${mark.toLowerCase()}-new@fuzz.test` });
  const setId = await openSet(clinic.service, custodial.id);
  await add(clinic.service, setId, [cbg(Date.UTC(2026, 9, 1), 6.5, { deviceId: `${mark}-sensor` })]);
  const reported = await clinic.member.post(`${clinic.path}/patients/${custodial.id}/reports`, {});
  const subscription = await givenSubscription(clinic);
  const people = [clinic.admin.id, clinic.member.id, clinic.prescriber.id, custodial.id, offer.sender.id];
  return {
    clinic,
    patient: offer.sender,
    ids: {
      clinicId: [clinic.clinicId],
      shareCode: [await shareCodeOf(clinic)],
      siteId: [site.id],
      patientTagId: [tag.id],
      patientId: [custodial.id, offer.sender.id],
      otherPatientId: [custodial.id, offer.sender.id],
      userId: people,
      clinicianId: people.slice(0, 3),
      inviteId: [invite.key, waiting.key],
      summaryId: [UNKNOWN_ID],
      mergeId: [UNKNOWN_ID],
      reportId: [reported.body?.id ?? UNKNOWN_ID],
      dataSetId: [setId],
      recordId: [recordIdOf(clinic.clinicId, custodial.id)],
      observationId: [`${recordIdOf(clinic.clinicId, custodial.id)}.c14gmi`],
      subscriptionId: [subscription.id],
    },
  };
}

/** What a tenant's people and records are, as they are stored; what anybody may send to a clinic is left out. */
export async function storedOf({ clinic }: Tenant): Promise<string> {
  const { clinicId } = clinic;
  return JSON.stringify([
    await rows("SELECT * FROM clinics WHERE id = ?", clinicId),
    await rows("SELECT * FROM patients WHERE clinic_id = ? ORDER BY key", clinicId),
    await rows("SELECT * FROM clinicians WHERE clinic_id = ? ORDER BY email, user_id", clinicId),
    await rows("SELECT * FROM clinic_sites WHERE clinic_id = ? ORDER BY id", clinicId),
    await rows("SELECT * FROM event_subscriptions WHERE clinic_id = ? ORDER BY id", clinicId),
  ]);
}

/** One of the values. */
export const anyOf = (values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
