import type { Ctx } from "../../../platform/context/context.ts";
import { badRequest } from "../../../platform/core/errors.ts";
import { BirthDate } from "../../../platform/core/wire.ts";
import { comesOfAgeAt } from "../model/identity.ts";
import { type JsonObject, objectOf } from "../model/json.ts";
import { enrolmentForm, errorForm, type Flow, type FormFault } from "./forms.ts";
import { type Entered, enteredOf, preorderDataOf } from "./input.ts";
import { findAsked } from "./match-store.ts";
import { deploymentOf, doing, type Matched, matchAmong, noClinic } from "./match.ts";
import { keepPreorder } from "./preorders-store.ts";
import { cutText, faultOfValues, requestOf, storedText, type XealthRequest } from "./requests.ts";
import type { Form, PreorderResponse } from "./schema.ts";

/** Our choice: an order follows within minutes. */
const PREORDER_KEPT_MS = 90 * 86_400_000;

/** Nothing more to ask: the order may be placed. */
const READY: PreorderResponse = {};

/**
 * What a clinician is asked before an order is placed, and what they have entered: a form, an error in place of one, or
 * the empty object where the order may be placed. Nothing is stored but a valid entry.
 */
export function preorder(ctx: Ctx, body: JsonObject): Promise<PreorderResponse> {
  const request = requestOf(body);
  if (request.eventType !== "preorder") {
    throw badRequest(`expected eventType='preorder' got ${spoken(request.eventType)}`);
  }
  switch (request.eventContext) {
    case "initial":
      return doing("matching initial preorder request", () => initial(ctx, request));
    case "subsequent":
      return doing("matching subsequent preorder request", () => subsequent(ctx, request, body));
    default:
      throw badRequest(`invalid event context ${spoken(request.eventContext)}`);
  }
}

/** What an event calls itself, if that is a word: anything else may be about a patient. */
const spoken = (word: string | undefined): string =>
  word === undefined || /^[a-z_]{1,40}$/i.test(word) ? (word ?? "") : "?";

async function match(ctx: Ctx, request: XealthRequest): Promise<Matched> {
  const deployment = deploymentOf(request.deployment);
  const { found } = await ctx.read({ found: findAsked(deployment, request.identifiers) });
  const matched = matchAmong(found, request, { byBirthDate: false });
  if (!matched) throw noClinic();
  return matched;
}

/** From the 13th birthday on, and where the birth date is not one, a patient manages the account. */
export const flowOf = (birthDate: string, now: number): Flow =>
  BirthDate.safeParse(birthDate).success && comesOfAgeAt(birthDate) > now ? "guardian" : "patient";

async function initial(ctx: Ctx, request: XealthRequest): Promise<PreorderResponse> {
  const matched = await match(ctx, request);
  const dataTrackingId = crypto.randomUUID();
  const refused = refusalOfKnown(ctx, matched, dataTrackingId);
  if (refused) return refused;
  return enrolmentForm({
    flow: flowOf(matched.values.birthDate, ctx.now),
    dataTrackingId,
    fullName: matched.values.fullName,
    email: request.email,
    tags: matched.clinic.tags,
    product: ctx.settings.product,
  });
}

/** Of a patient who is known already nothing is asked; undefined where nobody is. */
function refusalOfKnown(ctx: Ctx, matched: Matched, dataTrackingId: string): PreorderResponse | undefined {
  const { patient, values } = matched;
  if (!patient) return undefined;
  ctx.auditRead(matched.clinic.clinic.id, [patient.row.userId]);
  return patient.row.birthDate === values.birthDate ? READY : errorOf(ctx, matched, "birthday", dataTrackingId, {});
}

const errorOf = (ctx: Ctx, { clinic }: Matched, fault: FormFault, dataTrackingId: string, entered: Entered): Form =>
  errorForm({
    fault,
    dataTrackingId,
    entered: { ...entered },
    tags: clinic.tags,
    product: ctx.settings.product,
    shareCode: clinic.clinic.shareCode,
  });

async function subsequent(ctx: Ctx, request: XealthRequest, body: JsonObject): Promise<PreorderResponse> {
  const formData = objectOf(body.formData);
  const dataTrackingId = storedText(cutText(formData?.dataTrackingId));
  const matched = await match(ctx, request);
  if (formData?.canceled === true) return READY;
  if (dataTrackingId === undefined) throw badRequest("formData.dataTrackingId is required");
  const refused = refusalOfKnown(ctx, matched, dataTrackingId);
  if (refused) return refused;
  const entered = enteredOf(formData?.userInput);
  if (faultOfValues(matched.values) !== undefined) return errorOf(ctx, matched, "unusable", dataTrackingId, entered);
  const data = preorderDataOf(entered, flowOf(matched.values.birthDate, ctx.now));
  if (!data) return errorOf(ctx, matched, "generic", dataTrackingId, entered);
  if (data.email !== undefined) {
    const { isTaken } = await ctx.read({ isTaken: ctx.users.hasAddress(data.email) });
    if (isTaken) return errorOf(ctx, matched, "duplicateEmail", dataTrackingId, entered);
  }
  const clinicId = matched.clinic.clinic.id;
  return ctx.commit({
    clinicId,
    answer: READY,
    steps: [keepPreorder(clinicId, dataTrackingId, data, ctx.now + PREORDER_KEPT_MS)],
  });
}
