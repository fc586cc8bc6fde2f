import { setTimeout as sleep } from "node:timers/promises";
import { giveUp } from "./command-line.ts";
import { DeviceDays, inRequests, READINGS_A_DAY, SENSOR_MINUTES } from "./device-days.ts";
import { type DeviceUploads, UploadError } from "./device-uploads.ts";
import { progressOf } from "./progress.ts";
import { between, randomOf } from "./synthetic.ts";

/** More at a time only wait for each other. */
const PEOPLE_AT_ONCE = 8;
const TRIES = 4;
const PAUSE_MS = 500;
const READING_MS = SENSOR_MINUTES * 60_000;

/**
 * Sends so many readings of sensors, spread over people: each uploads a normal set and closes it. Ends the process with 1
 * at a request that the server does not take; what was sent before stays.
 */
export async function sendReadings(
  uploads: DeviceUploads,
  userIds: readonly string[],
  count: number,
  seed: string,
): Promise<void> {
  const shares = sharesOf(count, userIds.length);
  const waiting = [...shares.entries()];
  const progress = progressOf("readings", count);
  const started = performance.now();
  const now = Date.now();
  let sent = 0;
  const upload = async (userId: string, share: number) => {
    const days = new DeviceDays(personOf(`${seed} ${userId}`));
    // All of the last five minutes are still to come.
    const to = Math.floor(now / READING_MS - 1) * READING_MS;
    const readings = days.cgm(to - share * READING_MS, to);
    const set = {
      client: { name: "org.example.seed", version: "1.0.0" },
      deviceId: days.deviceIds.cgm,
      deviceTags: ["cgm"],
    };
    const key = `seed ${userId} ${now}`;
    const { id } = await insisting(() => uploads.open(userId, set, key));
    for (const [part, some] of inRequests(readings).entries()) {
      await insisting(() => uploads.add(id, JSON.stringify(some), `${key} ${part}`));
      sent += some.length;
      progress.add(some.length);
    }
    await insisting(() => uploads.close(id, key));
  };
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await upload(userIds[next[0]]!, next[1]);
  };
  try {
    await Promise.all(Array.from({ length: PEOPLE_AT_ONCE }, worker));
  } catch (error) {
    progress.end();
    const reason = error instanceof UploadError ? error.message : "The server can't be reached";
    giveUp(`${reason}. ${sent} of ${count} readings were sent.`);
  }
  progress.end();
  const seconds = (performance.now() - started) / 1000;
  const rate = Math.round(count / seconds);
  console.log(
    `\nReadings: ${count}, patients with readings: ${shares.length}, seconds: ${seconds.toFixed(1)}, readings a second: ${rate}`,
  );
}

/** How many readings each of the people gets: alike, but a day at least as far as they go. */
function sharesOf(count: number, people: number): number[] {
  const number = Math.min(people, Math.ceil(count / READINGS_A_DAY));
  if (number < people) {
    return Array.from({ length: number }, (_, n) => Math.min(READINGS_A_DAY, count - n * READINGS_A_DAY));
  }
  return Array.from({ length: number }, (_, n) => Math.floor(count / number) + (n < count % number ? 1 : 0));
}

/** Every reading arrives: so many are wanted. */
function personOf(seed: string) {
  const random = randomOf(seed);
  return {
    seed,
    averageGlucose: between(random, 125, 220),
    swing: between(random, 0.7, 1.3),
    wear: 1,
    timezoneOffset: -300,
  };
}

/** Sends a request again that the server was too busy for: it carries a key, so that it has one effect. */
async function insisting<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const isPassing = !(error instanceof UploadError) || error.status === 503;
      if (!isPassing || attempt === TRIES) throw error;
      await sleep(PAUSE_MS * 2 ** attempt);
    }
  }
}
