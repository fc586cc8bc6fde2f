import { demoPatientUserId } from "../../clinics/model/demo-patient.ts";
import type { Ctx } from "../../../platform/context/context.ts";
import { type Asking, together } from "../../../platform/db/read.ts";
import { spreadsheet } from "../../../platform/formats/spreadsheet.ts";
import { inPieces, streamOf } from "../../../platform/formats/streams.ts";
import type { ClinicForMerge } from "../plan/clinic-for-merge.ts";
import { findGoingAlong, type GoingAlong } from "./going-along-store.ts";
import { planDocument } from "./plan-document.ts";
import { isOneClinic } from "../merge-clinic.ts";
import { readMergePlan } from "../plan/read-plan.ts";
import { mergeWorkbook } from "./workbook.ts";

export interface MergeReport {
  readonly body: ReadableStream<Uint8Array>;
  readonly at: number;
}

/**
 * What a merge of the source into the target would do, as a workbook for people or a document for programs. It changes
 * nothing, and is made for a merge that is not possible, too. Every patient of both clinics has been read then.
 */
export async function reportMerge(
  ctx: Ctx,
  { sourceId, targetId }: { sourceId: string; targetId: string },
  form: "workbook" | "document",
): Promise<MergeReport> {
  refuseMergeWithItself(sourceId, targetId);
  let goingAlong: GoingAlong | undefined;
  let isFirst = true;
  // Rides in the first batch of the plan.
  const asking: Asking = {
    async read(reads) {
      if (!isFirst) return ctx.read(reads);
      isFirst = false;
      const answers = await ctx.read({ own: together(reads), goingAlong: findGoingAlong(sourceId, targetId) });
      goingAlong = answers.goingAlong;
      return answers.own;
    },
  };
  const plan = await readMergePlan(asking, { sourceId, targetId, demoPatientUserId: demoPatientUserId(ctx.settings) });
  for (const clinic of [plan.target, plan.source]) auditReadOf(ctx, clinic);
  const body =
    form === "workbook"
      ? spreadsheet(mergeWorkbook(plan, goingAlong, ctx.now), ctx.now)
      : streamOf(inPieces(planDocument(plan, ctx.now)));
  return { body, at: ctx.now };
}

/** A clinic can't be the source and the target of one merge. */
export function refuseMergeWithItself(sourceId: string, targetId: string): void {
  if (sourceId === targetId) throw isOneClinic();
}

const auditReadOf = (ctx: Ctx, { id, patients }: ClinicForMerge): void =>
  ctx.auditRead(
    id,
    patients.map(({ userId }) => userId),
  );
