import type { Ctx } from "../../platform/context/context.ts";
import { eventsAreOff } from "./refusals.ts";
import type { EventSubscription } from "./schema.ts";
import { secretBytes, secretText } from "./secrets.ts";
import { eventSettings } from "./settings.ts";

/** A subscription with its secret, which is made when it is shown: neither the database nor a kept answer has it. */
export async function withSecret(ctx: Ctx, it: EventSubscription): Promise<EventSubscription & { secret: string }> {
  const name = { subscriptionId: it.id, version: it.secretVersion, keyId: it.secretKeyId };
  const bytes = await secretBytes(ctx.settings.of(eventSettings) ?? [], name);
  if (!bytes) throw eventsAreOff();
  return { ...it, secret: secretText(bytes) };
}
