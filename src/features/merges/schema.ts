import { z } from "@hono/zod-openapi";
import { ObjectId } from "../../platform/core/wire.ts";

export const MergeReportRequest = z.object({ sourceId: ObjectId }).openapi("generateMergeReport.v1");

const entries = () => z.array(z.looseObject({}));
const clinic = z.object({ Id: ObjectId, Name: z.string() });

/** The plan as a JSON document. Not part of the published contract. */
export const MergePlanDocument = z
  .object({
    CreatedTime: z.string().openapi({ format: "date-time" }),
    Source: clinic,
    Target: clinic,
    Blocking: entries(),
    MembershipRestrictionsMergePlan: z.object({ SourceValue: z.string(), TargetValue: z.string() }),
    SettingsPlans: entries(),
    TagsPlans: entries(),
    SitesPlans: entries(),
    ClinicianPlans: entries(),
    SourcePatientClusters: entries(),
    TargetPatientClusters: entries(),
    PatientPlans: entries(),
  })
  .openapi("mergePlan.v1");
