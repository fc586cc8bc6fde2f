import { createPatient } from "./create-patient.ts";
import { addSite } from "./handle-errors.ts";
import { listMyClinics } from "./list-clinics.ts";
import { findLows } from "./page-through-patients.ts";
import { countReadings } from "./query-device-data.ts";
import { signIn } from "./sign-in.ts";
import { listPatients } from "../index.ts";

/** Goes through the examples on a local server, as the demo's Ana Ruiz: `node client/examples/tour.ts TOKEN [URL]`. */

const ANA = "a1b2c3d4e5";
const WEEK_MS = 7 * 86_400_000;

const [token, baseUrl] = process.argv.slice(2);
if (token === undefined) throw new Error("node client/examples/tour.ts TOKEN [URL]");

const client = signIn(token, baseUrl);
const clinics = await listMyClinics(client, ANA);
console.log("clinics", clinics);
const harbor = clinics.find(({ name }) => name?.startsWith("Harbor"));
if (!harbor?.id) throw new Error("Ana works in no clinic of the demo data");
const clinicId = harbor.id;
console.log("lows", await findLows(client, clinicId, 3));
const form = { key: crypto.randomUUID(), name: "Ada Lund", born: "1990-12-01" };
const twice = [await createPatient(client, clinicId, form), await createPatient(client, clinicId, form)];
console.log("created", new Set(twice));
for (const _ of twice) console.log(await addSite(client, clinicId, "North campus"));
const { data } = await listPatients({ client, path: { clinicId }, query: { search: "HE-1013" } });
const noor = data[0]?.id;
if (noor) console.log("readings", await countReadings(client, noor, new Date(Date.now() - WEEK_MS)));
