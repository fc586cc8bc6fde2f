import { type Datum, DeviceDays, type DevicePerson, inRequests } from "./device-days.ts";
import { DeviceUploads } from "./device-uploads.ts";

/** What the devices of a demo patient upload. */
export interface DemoDevices extends Omit<DevicePerson, "seed"> {
  readonly days: number;
  readonly hoursAgo: number;
  /** Data sets, and the devices whose data are in each. A continuous one is a cloud's, which goes on sending. */
  readonly sets: readonly {
    readonly type: "normal" | "continuous";
    readonly of: readonly ("cgm" | "meter" | "pump")[];
  }[];
}

const HOUR_MS = 3_600_000;
const TAGS = { cgm: "cgm", meter: "bgm", pump: "insulin-pump" } as const;
const VERSION = "1.0.0";

/**
 * Uploads the devices of a demo patient: the normal sets by somebody of the clinic, the continuous ones by a service; waits
 * for the summaries. Days end when the set was opened, which is the same when an upload that was interrupted goes on.
 */
export async function uploadDevices(
  baseUrl: string,
  tokens: { readonly clinician: string; readonly service: string },
  { userId, fullName, devices }: { readonly userId: string; readonly fullName: string; readonly devices: DemoDevices },
): Promise<void> {
  const days = new DeviceDays({ ...devices, seed: `demo ${fullName}` });
  const service = new DeviceUploads(baseUrl, tokens.service);
  for (const [n, { type, of }] of devices.sets.entries()) {
    const api = type === "continuous" ? service : new DeviceUploads(baseUrl, tokens.clinician);
    const key = `demo ${userId} ${n}`;
    const set = {
      dataSetType: type,
      client: { name: type === "continuous" ? "org.example.sensor-cloud" : "org.example.uploader", version: VERSION },
      deviceId: days.deviceIds[of[0]!],
      deviceTags: of.map((device) => TAGS[device]),
      timezoneOffset: devices.timezoneOffset,
      version: VERSION,
    };
    const { id, createdTime } = await api.open(userId, set, key);
    const to = Date.parse(createdTime) - devices.hoursAgo * HOUR_MS;
    const from = to - devices.days * 24 * HOUR_MS;
    const data: Datum[] = of.flatMap((device) => days[device](from, to));
    if (of.includes("pump")) data.push(days.pumpSettings(from));
    for (const [part, some] of inRequests(data).entries()) {
      await api.add(id, JSON.stringify(some), `${key} ${part}`);
    }
    if (type === "normal") await api.close(id, key);
  }
  const all = devices.sets.flatMap(({ of }) => of);
  if (all.includes("cgm")) await service.summarise("cgm", userId);
  if (all.includes("meter")) await service.summarise("bgm", userId);
}
