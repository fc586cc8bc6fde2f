import createFetchClient from "openapi-fetch";
import { createClient } from "./generated/hey-api/client/index.ts";
import { getClinic } from "./generated/hey-api/sdk.gen.ts";
import type { paths } from "./generated/openapi-typescript.ts";
import { getClinic as getClinicByOrval } from "./generated/orval.ts";
import { GetClinicResponse } from "./generated/orval-zod.ts";

/** One call with each generated client, to the server, with the token and the clinic that the arguments name. */
const [baseUrl = "", token = "", clinicId = "", name = ""] = process.argv.slice(2);
const headers = { "x-tidepool-session-token": token };

function told(tool: string, found: string | undefined) {
  if (found !== name) throw new Error(`${tool}: ${name} expected, ${found} found`);
  console.log(`ok      a call with the client of ${tool}`);
}

const fromTypes = await createFetchClient<paths>({ baseUrl, headers }).GET("/v1/clinics/{clinicId}", {
  params: { path: { clinicId } },
});
told("openapi-typescript", fromTypes.data?.name);

const fromHey = await getClinic({ client: createClient({ baseUrl, headers }), path: { clinicId } });
told("@hey-api/openapi-ts", fromHey.data?.name);

// Its functions ask paths of the page they are on.
const ofPage = globalThis.fetch;
globalThis.fetch = (input, init) => ofPage(new URL(String(input), baseUrl), init);
const fromOrval = await getClinicByOrval(clinicId, { headers });
if (fromOrval.status !== 200) throw new Error(`orval: ${fromOrval.status}`);
told("orval", fromOrval.data.name);
told("orval's zod schemas", GetClinicResponse.parse(fromOrval.data).name);
