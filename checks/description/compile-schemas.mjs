// Compiles every schema of the description with Ajv, as validators of clients do.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const document = JSON.parse(readFileSync(new URL("../../public/openapi.json", import.meta.url), "utf8"));
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, discriminator: false });
addFormats(ajv);
ajv.addFormat("float", true);
ajv.addFormat("int64", true);
ajv.addFormat("int32", true);
ajv.addFormat("binary", true);
ajv.addVocabulary(["discriminator", "example", "x-enum-varnames", "components"]);
ajv.addSchema({ $id: "api", components: document.components });
const failed = [];
for (const name of Object.keys(document.components.schemas)) {
  try {
    ajv.compile({ $ref: `api#/components/schemas/${name.replaceAll("~", "~0").replaceAll("/", "~1")}` });
  } catch (error) {
    failed.push(`${name}: ${error.message}`);
  }
}
console.log(failed.join("\n") || `${Object.keys(document.components.schemas).length} schemas`);
process.exitCode = failed.length === 0 ? 0 : 1;
