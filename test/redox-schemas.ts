import Ajv from "ajv-draft-04";
import { env } from "cloudflare:workers";
import { expect } from "vitest";

/** As much of a schema of draft 4 as Redox's use. */
export interface RedoxSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, RedoxSchema>>;
  readonly required?: readonly string[];
  readonly items?: RedoxSchema;
}

const schemas: Readonly<Record<string, RedoxSchema>> | undefined =
  env.TEST_REDOX_SCHEMAS === "" ? undefined : JSON.parse(env.TEST_REDOX_SCHEMAS);

/** Whether Redox's schemas are at hand; without them nothing is checked by them. */
export const hasRedoxSchemas = schemas !== undefined;

/** The schema of a message, such as `order-new`; nothing where schemas are not at hand. */
export const redoxSchema = (name: string): RedoxSchema | undefined => schemas?.[name];

const ajv = new Ajv({ strict: false, allErrors: true });
const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** Why a message is not what Redox's schema of its kind says; nothing when it is, or schemas are not at hand. */
export function redoxErrors(message: unknown): string | undefined {
  if (!schemas) return undefined;
  const { Meta } = (message ?? {}) as { Meta?: { DataModel?: unknown; EventType?: unknown } };
  const name = `${String(Meta?.DataModel)}-${String(Meta?.EventType)}`.toLowerCase();
  const schema = schemas[name];
  if (!schema) return `there is no schema ${name}`;
  let validate = validators.get(name);
  if (!validate) {
    validate = ajv.compile(schema);
    validators.set(name, validate);
  }
  return validate(message) ? undefined : ajv.errorsText(validate.errors);
}

/** Fails when a message, as it comes out of JSON, is not as Redox's schema of its kind says. */
export function expectValidForRedox(message: unknown): void {
  const errors = redoxErrors(message);
  if (errors !== undefined) expect.fail(`not valid for Redox: ${errors}\n${JSON.stringify(message).slice(0, 500)}`);
}
