import { fakeRedox } from "../../ehr/fake-redox.ts";
import { rows } from "../../harness.ts";
import { onStage } from "../clock.ts";
import { EHR_SETTINGS, LUCJA } from "./people.ts";
import { summaryOf } from "./patients.ts";
import type { Stage } from "./stage.ts";

/** What a local server has: no secret. */
const VERIFICATION_TOKEN = "local-verification-token";
const LOG_ID = "7d2f5b52-0c7e-4b0e-9d0e-5a3c1f6b8e21";

const order = () => ({
  Meta: {
    DataModel: "Order",
    EventType: "New",
    EventDateTime: onStage("2026-03-02T16:30:00.000Z"),
    Source: { ID: EHR_SETTINGS.sourceId, Name: "Demo EHR" },
    Logs: [{ ID: LOG_ID }],
  },
  Patient: {
    Identifiers: [{ ID: LUCJA.mrn, IDType: EHR_SETTINGS.mrnIdType }],
    Demographics: { FirstName: "Łucja", LastName: "Nowak", DOB: LUCJA.birthDate },
  },
  Order: {
    ID: "order-1",
    Procedure: { Code: EHR_SETTINGS.procedureCodes.enableSummaryReports, Description: "Enable reports" },
  },
});

/** An EHR that Redox connects orders the reports of a patient, and gets them. */
export async function playRedox({ recorder, backend, ana, service, harbor: path }: Stage): Promise<void> {
  const redox = await fakeRedox({ REDOX_VERIFICATION_TOKEN: VERIFICATION_TOKEN, ...recorder.variables });
  const { through } = redox;
  const { id: patientId } = await ana("CreatePatientAccount", { path, body: LUCJA });

  const ehr = recorder.as({ headers: { "verification-token": VERIFICATION_TOKEN }, through });
  await ehr("VerifyEndpoint", { body: { "verification-token": VERIFICATION_TOKEN, challenge: "f3a1c0de" } });
  await ehr("ProcessEHRMessage", { body: order() });
  await recorder.run(redox, redox.kinds);
  const [message] = await rows<{ id: string }>(
    "SELECT id FROM ehr_messages WHERE source_id = ?",
    EHR_SETTINGS.sourceId,
  );
  await service("MatchClinicAndPatient", {
    body: {
      messageRef: { dataModel: "Order", eventType: "New", documentId: message!.id },
      patients: { criteria: ["MRN_DOB"] },
    },
  });
  await service("UpdatePatientSummary", { path: { patientId }, body: summaryOf(LUCJA.fullName) });
  const backendThere = recorder.as({ token: backend.token, through });
  await backendThere("SyncEHRDataForPatient", { path: { patientId } });
  await backendThere("SyncEHRData", { path });
  await recorder.run(redox, redox.kinds);
  redox.restore();
}
