import { DEMO_PEOPLE } from "./demo-data.ts";
import { as, baseUrl, call, startServer, stopServer, token } from "./trial.ts";

/** The MRN of a demo patient with a sensor, a meter and a pump. */
const MRN_WITH_DEVICES = "HE-1013";

/** What generated clients need for their calls: a server with demo data, and the person who runs its first clinic. */
export async function startDemoSession() {
  const server = await startServer();
  const [{ userId }] = DEMO_PEOPLE as [(typeof DEMO_PEOPLE)[number]];
  const session = await token("--user", userId);
  const get = async (url: string) => JSON.parse((await call("GET", url, as(session))).text);
  const [{ clinic }] = (await get(`/v1/clinicians/${userId}/clinics`)) as [{ clinic: { id: string; name: string } }];
  const { data } = await get(`/v1/clinics/${clinic.id}/patients?search=${MRN_WITH_DEVICES}`);
  const [person] = data as [{ id: string }];
  return {
    /** In the order in which each program takes them: address, token, clinic, its name, a person with device data. */
    args: [baseUrl, session, clinic.id, clinic.name, person.id],
    stop: () => stopServer(server.child),
  };
}
