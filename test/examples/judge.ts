import { faultsOf } from "../description.ts";
import { publishedOperations } from "./operations.ts";
import type { Example } from "./recorder.ts";

/** What is wrong with an example, measured by the description; nothing when it is as described. */
export function faultsOfExample(operationId: string, { request = {}, response }: Example): string[] {
  const operation = publishedOperations.get(operationId);
  if (!operation) return [`${operationId} is not published`];
  const faults: (string | undefined)[] = [];
  const places = { path: request.path, query: request.query, header: request.headers } as const;
  for (const { name, in: place, required, schema } of operation.parameters) {
    const value = places[place]?.[name];
    if (value !== undefined) faults.push(faultsOf(`${operationId} ${place} ${name}`, schema, value));
    else if (required || place === "path") faults.push(`${operationId} has no ${place} parameter ${name}`);
  }
  const declared = new Set(operation.parameters.map(({ in: place, name }) => `${place} ${name}`));
  for (const [place, values] of Object.entries(places)) {
    for (const name of Object.keys(values ?? {})) {
      if (!declared.has(`${place} ${name}`)) faults.push(`${operationId} declares no ${place} parameter ${name}`);
    }
  }
  if (request.body !== undefined) {
    faults.push(
      operation.requestSchema
        ? faultsOf(`${operationId} request`, operation.requestSchema, request.body)
        : `${operationId} takes no body`,
    );
  } else if (operation.isBodyRequired) faults.push(`${operationId} needs a body`);
  const { status, body } = response;
  const schema = operation.responseSchemas.get(status);
  if (status >= 300 || !operation.responseSchemas.has(status)) faults.push(`${operationId} has no success ${status}`);
  else if (body !== undefined) {
    faults.push(schema ? faultsOf(`${operationId} ${status}`, schema, body) : `${operationId} answers no JSON`);
  }
  return faults.filter((fault) => fault !== undefined);
}
