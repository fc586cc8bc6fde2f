import type { OutboxSlice } from "../../platform/outbox/registry.ts";
import { deliverEvent } from "./deliver-event.ts";
import { EVENT } from "./model/events.ts";
import { eventSettings } from "./settings.ts";

const FIRST_PAUSE_SECONDS = 30;
const PAUSE_FACTOR = 4;
const PAUSE_SECONDS_MAX = 8 * 3600;

export const outbox: OutboxSlice = {
  jobs: [
    [
      EVENT,
      deliverEvent,
      {
        // One request with a time limit, and two round trips.
        leaseMs: 60_000,
        /** Over about three days. */
        attemptsMax: 14,
        backOffSeconds: (attempts) => Math.min(PAUSE_SECONDS_MAX, FIRST_PAUSE_SECONDS * PAUSE_FACTOR ** (attempts - 1)),
        isOn: (settings) => settings.of(eventSettings) !== undefined,
      },
    ],
  ],
};
