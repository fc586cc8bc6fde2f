import { onStage } from "../clock.ts";
import { EHR_SETTINGS, HARBOR } from "./people.ts";
import type { Stage } from "./stage.ts";

/** Tags and sites that the clinic has, and some that it changes. */
export async function playTagsAndSites({ ana, service, harbor: path }: Stage) {
  const tag = async (name: string): Promise<string> => (await ana("CreatePatientTag", { path, body: { name } })).id;
  const site = async (name: string): Promise<string> => (await ana("CreateSite", { path, body: { name } })).id;

  const monitored = await tag("Remote monitoring");
  const main = await site("Main Street");
  const onset = await tag("New onset");
  await ana("UpdatePatientTag", { path: { ...path, patientTagId: onset }, body: { name: "New onset 2026" } });
  await ana("DeletePatientTag", { path: { ...path, patientTagId: onset } });
  await service("ConvertPatientTagToSite", { path: { ...path, patientTagId: await tag("Bayside") } });
  const hill = await site("Hill");
  await ana("UpdateSite", { path: { ...path, siteId: hill }, body: { id: hill, name: "Hillside" } });
  const annex = await site("Annex");
  await service("MergeSite", { path: { ...path, siteId: hill }, body: { id: annex } });
  await ana("DeleteSite", { path: { ...path, siteId: hill } });
  return { tagId: monitored, site: { id: main, name: "Main Street" } };
}

/** The clinic's record and settings. */
export async function playClinic({ ana, service, harbor: path, shareCode }: Stage): Promise<void> {
  const hardLimit = { plan: 250, startDate: onStage("2026-01-01T00:00:00.000Z") };
  await service("UpdatePatientCountSettings", { path, body: { hardLimit } });
  await ana("GetPatientCountSettings", { path });
  await service("UpdateTier", { path, body: { tier: "tier0300" } });
  await ana("UpdateClinic", { path, body: { ...HARBOR, address: "1210 Harbor Street" } });
  await ana("GetClinic", { path });
  await ana("GetClinicByShareCode", { path: { shareCode } });
  await service("ListClinics", { query: { limit: 10, shareCode } });
  await ana("UpdateSuppressedNotifications", {
    path,
    body: { suppressedNotifications: { patientClinicInvitation: true } },
  });
  const restrictions = [{ emailDomain: "harbor-endocrine.example", requiredIdp: "harbor-sso" }];
  await service("UpdateMembershipRestrictions", { path, body: { restrictions } });
  await ana("ListMembershipRestrictions", { path });
  // Others are invited later on.
  await service("UpdateMembershipRestrictions", { path, body: { restrictions: [] } });
  await service("UpdateEHRSettings", { path, body: EHR_SETTINGS });
  await ana("GetEHRSettings", { path });
  await service("UpdateMRNSettings", { path, body: { required: false, unique: true } });
  await ana("GetMRNSettings", { path });
  await service("RefreshPatientCount", { path });
  await ana("GetPatientCount", { path });
}
