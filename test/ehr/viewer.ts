import { env } from "cloudflare:workers";
import { newToken } from "../../src/features/accounts/tokens-store.ts";
import { LINK_LIFETIME_MS, VIEWER_PATH, viewerScope } from "../../src/features/ehr/viewer/link.ts";
import { onePatient } from "../../src/features/patients/model/read.ts";
import { recordOrder } from "../../src/features/patients/model/ehr-subscriptions-store.ts";
import { Db } from "../../src/platform/db/client.ts";
import { type Answer, type GivenClinic, send } from "../harness.ts";
import { servedIn } from "../served-in.ts";
import { patientWithData } from "./fake-redox.ts";
import { XEALTH_VARIABLES, xealthClinic } from "./fake-xealth.ts";
import type { Json } from "./orders.ts";

/** Links to the viewer, and what has to be there for one to show a report. */

export interface Linked {
  readonly clinic: GivenClinic;
  readonly patient: Json;
  readonly token: string;
}

let orders = 0;

/** Records an order of a patient's reports, or its end. */
export async function orderReports(clinicId: string, userId: string, isActive = true): Promise<void> {
  const at = Date.now() + ++orders;
  const order = { messageId: `order-${at}`, at, isActive, dataModel: "order", eventType: isActive ? "new" : "cancel" };
  const whole = { ...order, provider: "xealth", subscription: "xealthReports" } as const;
  await new Db(env.DB).batch([recordOrder(onePatient(clinicId, userId), whole, Date.now())]);
}

export async function tokenOf(clinicId: string, userId: string, lifetimeMs = LINK_LIFETIME_MS): Promise<string> {
  const { token, statements } = await newToken(userId, viewerScope(clinicId, userId), Date.now(), lifetimeMs);
  await new Db(env.DB).batch(statements);
  return token;
}

/** A patient with data whose reports are ordered, and a link to them. */
export async function givenLinked(
  fields: Record<string, unknown> = {},
  summary?: Json | null,
  clinic?: GivenClinic,
): Promise<Linked> {
  const its = clinic ?? (await xealthClinic({}, { timezone: "US/Eastern" }));
  const patient = await patientWithData(its, fields, summary);
  await orderReports(its.clinicId, patient.id);
  return { clinic: its, patient, token: await tokenOf(its.clinicId, patient.id) };
}

export const queryOf = ({ clinic, patient, token }: Linked): Record<string, string> => ({
  clinicId: clinic.clinicId,
  patientId: patient.id,
  restricted_token: token,
});

/** Opens the viewer as a browser does; `replaced` is what is different in the environment. */
export const view = (
  query: Record<string, string>,
  replaced: Record<string, unknown> = {},
  {
    method = "GET",
    token,
    headers,
  }: { readonly method?: string; readonly token?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> =>
  send(method, `${VIEWER_PATH}?${new URLSearchParams(query).toString()}`, {
    token,
    headers,
    through: servedIn({ ...XEALTH_VARIABLES, ...replaced }),
  });

/** The bytes of the report that a page contains. */
export function reportIn(page: string): Uint8Array {
  const [, base64] = /<script type="application\/octet-stream" id="report">([^<]*)<\/script>/.exec(page) ?? [];
  if (base64 === undefined) throw new Error(`the page has no report: ${page.slice(0, 500)}`);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
