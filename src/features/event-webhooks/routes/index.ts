import type { Draft } from "../../../platform/request/operation.ts";
import { createEventSubscriptionOperation } from "./create-event-subscription.ts";
import { deleteEventSubscriptionOperation } from "./delete-event-subscription.ts";
import { getEventSubscriptionOperation } from "./get-event-subscription.ts";
import { listEventSubscriptionsOperation } from "./list-event-subscriptions.ts";
import { rotateEventSubscriptionSecretOperation } from "./rotate-event-subscription-secret.ts";
import { updateEventSubscriptionOperation } from "./update-event-subscription.ts";

export const operations: readonly Draft[] = [
  createEventSubscriptionOperation,
  listEventSubscriptionsOperation,
  getEventSubscriptionOperation,
  updateEventSubscriptionOperation,
  deleteEventSubscriptionOperation,
  rotateEventSubscriptionSecretOperation,
];
