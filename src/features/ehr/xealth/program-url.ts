import type { Ctx } from "../../../platform/context/context.ts";
import { newToken } from "../../accounts/tokens-store.ts";
import { keyOfPatient } from "../match/match-store.ts";
import type { JsonObject } from "../model/json.ts";
import { recordView } from "../model/xealth-store.ts";
import { LINK_LIFETIME_MS, viewerLink, viewerScope } from "../viewer/link.ts";
import { findAsked, findShown } from "./match-store.ts";
import { deploymentOf, doing, matchAmong, noClinic, noPatient, notEnrolled } from "./match.ts";
import { isEnrolled } from "./programs.ts";
import { requestOf, storedText } from "./requests.ts";
import { notEnabled } from "./webhook.ts";
import { xealthSettings } from "./settings.ts";

/**
 * A link to the reports of a patient, with a token that opens them for an hour; and a record that the
 * user of the EHR has asked for them. Refuses a patient who is not enrolled in the program (404).
 */
export const getProgramUrl = (ctx: Ctx, body: JsonObject): Promise<{ readonly url: string }> =>
  doing("matching get program url request", async () => {
    const settings = ctx.settings.of(xealthSettings);
    if (!settings) throw notEnabled();
    const request = requestOf(body);
    const deployment = deploymentOf(request.deployment);
    const { found, shown } = await ctx.read({
      found: findAsked(deployment, request.identifiers),
      shown: findShown(deployment, request.identifiers, undefined),
    });
    const matched = matchAmong(found, request, { byBirthDate: true });
    if (!matched) throw noClinic();
    const { patient } = matched;
    if (!patient) throw noPatient();
    const programId = shown.find(({ patientKey }) => patientKey === patient.row.key)?.programId ?? undefined;
    if (!isEnrolled(patient) || programId === undefined || programId !== request.programId) throw notEnrolled();
    const clinicId = matched.clinic.clinic.id;
    const { userId } = patient.row;
    // Links that others were given stay good.
    const { token, statements } = await newToken(userId, viewerScope(clinicId, userId), ctx.now, LINK_LIFETIME_MS, 0);
    const ehrUserId = storedText(request.ehrUserId);
    return ctx.commit({
      clinicId,
      patientId: userId,
      answer: { url: viewerLink(settings.applicationUrl, clinicId, userId, token) },
      // The answer is a secret: it is not kept, and a repeat gets a link of its own.
      isPartial: true,
      steps: [
        ...statements,
        ...(ehrUserId === undefined
          ? []
          : [recordView(keyOfPatient(clinicId, userId), { deployment, programId, ehrUserId }, ctx.now)]),
      ],
    });
  });
