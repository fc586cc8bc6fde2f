import { of, type Texts } from "./text.ts";

const URL = {
  description:
    "Where events are sent: https, at a public host name. It is kept in its normal spelling (RFC 3986, 6.2), which answers show.",
  example: "https://records.example/clinics-edge/events",
};
const EVENTS = {
  description: "What is told.",
  example: ["patient.created", "patient.changed", "patient.removed"],
};

export const EVENT_PARAMETERS: Texts = {
  subscriptionId: { description: "The id of the event subscription.", example: "65f0c1d2e3a4b5c6d7e8f9b1" },
};

const SUBSCRIPTION: Texts = {
  id: { description: "The id of the subscription.", example: "65f0c1d2e3a4b5c6d7e8f9b1" },
  clinicId: { description: "The clinic.", example: "5f00000000000000000000a1" },
  url: URL,
  events: EVENTS,
  active: "Whether events are sent.",
  inactiveReason:
    "Why it is not active, where nobody asked for that: `failing`, nothing could be delivered for three days; `gone`, the " +
    "receiver answered 410.",
  secretVersion: { description: "Which secret it has, counted from 1.", example: 1 },
  secretKeyId: {
    description: "The key of the deployment that the secret is made from. It tells operators what to rotate.",
    example: "b5bb9d8014a0",
  },
  previousSecretUntil: "Until when events are signed with the secret before, too; absent when it never changed.",
  deliveredTime: "When an event was last delivered.",
  failingSince: "Since when nothing could be delivered; absent while it can.",
  failure: {
    description: "What the last attempt ended with: the status of the answer, or why there was none.",
    example: "event_503",
  },
  createdTime: "When it was made.",
  updatedTime: "When it, or its secret, was last changed.",
};

export const EVENT_TEXTS: Texts = {
  ...of("eventSubscriptionInput.v1", { url: URL, events: EVENTS }),
  ...of("eventSubscriptionUpdate.v1", {
    url: URL,
    events: EVENTS,
    active: "Whether events are sent; what happens while they are not is not told later.",
  }),
  ...of("eventSubscription.v1", SUBSCRIPTION),
  ...of("eventSubscriptionWithSecret.v1", {
    ...SUBSCRIPTION,
    secret: {
      description: "What requests are signed with, as libraries of Standard Webhooks take it.",
      example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
    },
  }),
};
