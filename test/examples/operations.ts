import { description } from "../description.ts";

/** The published operations, as examples need them. */

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: object;
}

export interface PublishedOperation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly requestSchema: object | undefined;
  readonly isBodyRequired: boolean;
  /** The schema of a JSON answer by its status; undefined where an answer has no JSON body. */
  readonly responseSchemas: ReadonlyMap<number, object | undefined>;
}

const JSON_TYPES = ["application/json", "application/fhir+json"];

const jsonOf = (content: Record<string, { schema: object }> | undefined): object | undefined =>
  JSON_TYPES.map((type) => content?.[type]?.schema).find((schema) => schema !== undefined);

/** Every published operation by its id, in the order of the description. */
export const publishedOperations: ReadonlyMap<string, PublishedOperation> = new Map(
  Object.entries(description.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, any>).map(([method, it]): [string, PublishedOperation] => [
      it.operationId,
      {
        method: method.toUpperCase(),
        path,
        parameters: it.parameters ?? [],
        requestSchema: jsonOf(it.requestBody?.content),
        isBodyRequired: it.requestBody?.required ?? false,
        responseSchemas: new Map(
          Object.entries<any>(it.responses).map(([status, answer]) => [Number(status), jsonOf(answer.content)]),
        ),
      },
    ]),
  ),
);
