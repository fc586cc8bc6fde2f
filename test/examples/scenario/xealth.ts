import { fakeXealth } from "../../ehr/fake-xealth.ts";
import { onStage } from "../clock.ts";
import { AMARA, CEDAR, HOSPITAL_SETTINGS } from "./people.ts";
import { summaryOf } from "./patients.ts";
import type { Stage } from "./stage.ts";

/** What a local server has: no secret. */
const BEARER_TOKEN = "local-xealth-token";
const APPLICATION_URL = "https://clinics.example.com";

const DEPLOYMENT = HOSPITAL_SETTINGS.sourceId;
const PROGRAM = HOSPITAL_SETTINGS.procedureCodes.createAccountAndEnableReports;
const ORDER_ID = "order-2001";

const identityOf = (mrn: string) => ({ ids: [{ id: mrn, type: HOSPITAL_SETTINGS.mrnIdType, origin: "epic" }] });
const patientIdentity = identityOf(AMARA.mrn);
const demographicsV1 = {
  name: { given: ["Amara"], family: ["Okafor"] },
  birthDate: AMARA.birthDate,
  telecom: [{ system: "email", value: AMARA.email }],
};
const subject = {
  deployment: DEPLOYMENT,
  programId: PROGRAM,
  patientIdentity,
  datasets: { demographicsV1, ehrUserV1: { userId: "dr.reyes" } },
};

/** A hospital that Xealth connects orders the reports of a patient, and opens one. */
export async function playXealth({ recorder, dana, service }: Stage): Promise<void> {
  const hospital = fakeXealth({ XEALTH_BEARER_TOKEN: BEARER_TOKEN, APPLICATION_URL, ...recorder.variables });
  const { through } = hospital;
  const { id: clinicId } = await dana("CreateClinic", { body: CEDAR });
  await service("UpdateEHRSettings", { path: { clinicId }, body: HOSPITAL_SETTINGS });
  const { id: patientId } = await dana("CreatePatientAccount", { path: { clinicId }, body: AMARA });
  await service("UpdatePatientSummary", { path: { patientId }, body: summaryOf(AMARA.fullName) });

  const xealth = recorder.as({ headers: { authorization: `Bearer ${BEARER_TOKEN}` }, through });
  await xealth("XealthPreorder", {
    body: {
      eventType: "preorder",
      eventContext: "initial",
      ...subject,
      patientIdentity: identityOf("CV-2002"),
      datasets: { demographicsV1: { name: { given: ["Walter"], family: ["Lindqvist"] }, birthDate: "1952-03-19" } },
    },
  });
  const about = { deployment: DEPLOYMENT, programId: PROGRAM, orderId: ORDER_ID, partnerId: "clinics" };
  hospital.orders.set(`${DEPLOYMENT}/${ORDER_ID}`, {
    orderInfo: { ...about, orderState: "ordered" },
    patientIdentity,
    datasets: subject.datasets,
  });
  await xealth("XealthNotification", {
    body: {
      eventId: "event-1",
      eventType: "order",
      eventContext: "new",
      eventTimeStamp: onStage("2026-03-02T16:30:00.000Z"),
      ...about,
      patientIdentity,
    },
  });
  await recorder.run(hospital, () => []);
  const inEncounter = { eventContext: "initial", ehrView: "encounter", ...subject };
  await xealth("XealthGetPrograms", { body: { eventType: "getPrograms", ...inEncounter } });
  const { url } = await xealth("XealthGetProgramUrl", { body: { eventType: "getProgramUrl", ...inEncounter } });
  const query = Object.fromEntries(new URL(url).searchParams);
  await recorder.as({ through })("ViewPDFReport", { query });
  hospital.restore();
}
