import { conflict, constraintViolation, notFound } from "../../platform/core/errors.ts";
import { SUBSCRIPTIONS_PER_CLINIC_MAX } from "./rules.ts";

export const subscriptionNotFound = () => notFound("event subscription");
export const urlIsTaken = () => conflict("the clinic has a subscription at this url");
export const tooManySubscriptions = () =>
  constraintViolation(
    `the clinic already has the maximum number of ${SUBSCRIPTIONS_PER_CLINIC_MAX} event subscriptions`,
  );
export const eventsAreOff = () => constraintViolation("this deployment sends no events");
