import { isLongerThan, NAME_LENGTH_MAX } from "../../../platform/core/bounded-text.ts";
import { badRequest } from "../../../platform/core/errors.ts";
import { OBJECT_ID } from "../../../platform/core/ids.ts";
import { addressKey } from "../../../platform/text/comparison-key.ts";
import { plainAddress } from "../model/identity.ts";
import { type JsonObject, objectOf } from "../model/json.ts";
import type { Flow } from "./forms.ts";

/** Somebody who manages an account, as entered. */
interface Manager {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly connectAbbott?: boolean;
  readonly connectDexcom?: boolean;
}

/** What a clinician has entered while ordering. */
export interface Entered {
  readonly patient?: Manager;
  readonly guardian?: Manager;
  readonly tags?: { readonly ids: readonly string[] };
}

const TEXTS = ["firstName", "lastName", "email"] as const;
const BOXES = ["connectAbbott", "connectDexcom"] as const;
/** A clinic has 50 tags, and more after merges. */
const TAGS_MAX = 200;

/** The field of a name regardless of case; undefined where it is absent or null. */
function fieldOf(object: JsonObject, sought: string): unknown {
  if (object[sought] !== undefined) return object[sought] ?? undefined;
  const name = Object.keys(object).find((it) => it.toLowerCase() === sought.toLowerCase());
  return name === undefined ? undefined : (object[name] ?? undefined);
}

const wrongType = (path: string) => badRequest(`formData.userInput.${path} has a wrong type`);

function objectAt(object: JsonObject, name: string, path: string): JsonObject | undefined {
  const value = fieldOf(object, name);
  if (value === undefined) return undefined;
  const found = objectOf(value);
  if (!found) throw wrongType(path);
  return found;
}

/** Reads what was entered; a value of a wrong type is refused (400), fields that are not known are left out. */
export function enteredOf(userInput: unknown): Entered {
  if (userInput === undefined || userInput === null) return {};
  const root = objectOf(userInput);
  if (!root) throw badRequest("formData.userInput has a wrong type");
  const [patient, guardian] = (["patient", "guardian"] as const).map((flow) => managerIn(root, flow));
  const tags = objectAt(root, "tags", "tags");
  const ids = tags && idsIn(tags);
  return {
    ...(patient ? { patient } : {}),
    ...(guardian ? { guardian } : {}),
    ...(ids ? { tags: { ids } } : {}),
  };
}

function managerIn(root: JsonObject, flow: Flow): Manager | undefined {
  const object = objectAt(root, flow, flow);
  if (!object) return undefined;
  const manager: Record<string, string | boolean> = {};
  for (const name of TEXTS) {
    const value = fieldOf(object, name);
    if (value === undefined) continue;
    if (typeof value !== "string") throw wrongType(`${flow}.${name}`);
    manager[name] = value;
  }
  for (const name of BOXES) {
    const value = fieldOf(object, name);
    if (value === undefined) continue;
    if (typeof value !== "boolean") throw wrongType(`${flow}.${name}`);
    manager[name] = value;
  }
  return manager;
}

function idsIn(tags: JsonObject): string[] | undefined {
  const ids = fieldOf(tags, "ids");
  if (ids === undefined) return undefined;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) throw wrongType("tags.ids");
  if (ids.length > TAGS_MAX) throw badRequest(`formData.userInput.tags.ids has more than ${TAGS_MAX} entries`);
  return ids.filter((id) => OBJECT_ID.test(id));
}

/** What is kept of an entry until the order uses it. */
export interface PreorderData {
  /** Lower case; undefined: there is none. */
  readonly email?: string;
  readonly providers: readonly ("abbott" | "dexcom")[];
  readonly tagIds: readonly string[];
}

/** What is kept of a valid entry; undefined where a rule is broken. The address is not looked up here. */
export function preorderDataOf(entered: Entered, flow: Flow): PreorderData | undefined {
  const manager = entered[flow] ?? {};
  if (flow === "guardian" && !(isName(manager.firstName) && isName(manager.lastName))) return undefined;
  const given = (manager.email ?? "").trim();
  const address = given === "" ? undefined : plainAddress(given);
  if (given !== "" && address === undefined) return undefined;
  const tagIds = [...new Set(entered.tags?.ids ?? [])];
  if (address === undefined) return { providers: [], tagIds };
  const providers = [
    ...(manager.connectAbbott ? (["abbott"] as const) : []),
    ...(manager.connectDexcom ? (["dexcom"] as const) : []),
  ];
  return { email: addressKey(address), providers, tagIds };
}

const isName = (value: string | undefined): boolean =>
  value !== undefined && value.trim() !== "" && !isLongerThan(value, NAME_LENGTH_MAX);
