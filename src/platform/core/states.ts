import { namesTag, tagsIn } from "./entity-tags.ts";
import { changedMeanwhile, isAsTold } from "./errors.ts";
import { utf8 } from "./utf8.ts";

/** More tags than a caller has answers of one resource. */
const TAGS_MAX = 20;
const DIGEST_BYTES = 16;

/** The first half of a SHA-256, in letters and digits of base64url. */
export async function shortDigest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes), 0, DIGEST_BYTES);
  return btoa(String.fromCharCode(...digest))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The same of a text. */
export const shortDigestOf = (text: string): Promise<string> => shortDigest(utf8(text));

/**
 * The states of a resource that a caller has, by the tags of If-None-Match or If-Match. A state says which rows in which
 * version an answer is made of; the answer itself depends on the release that made it as well, and its tag says both.
 */
export class KnownStates {
  /** Those whose answers this release would give again. */
  readonly states: readonly string[];
  readonly #ending: string;

  constructor(header: string | undefined, release: string) {
    this.#ending = `~${release}"`;
    this.states =
      header === undefined
        ? []
        : tagsIn(header)
            .slice(0, TAGS_MAX)
            .filter((tag) => tag.endsWith(this.#ending))
            .map((tag) => tag.slice(tag.indexOf('"') + 1, -this.#ending.length));
  }

  tagOf(state: string): string {
    return `"${state}${this.#ending}`;
  }
}

/** The state that a tag names, whichever release gave it. */
const stateOf = (tag: string): string => tag.replace(/~[^~]*"$/, "").slice(1);

/** The request headers that decide whether a record is changed (RFC 9110, section 13). */
export interface ChangeConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/**
 * Refuses to change a record whose current state is told, where that is not what the caller expects. Which release made the answer
 * does not matter here: what is asked is whether anybody has changed the record since.
 */
export function refuseOtherState(
  { ifMatch, ifNoneMatch }: ChangeConditions,
  isCurrent: (state: string) => boolean,
): void {
  const isStrong = (tag: string) => !tag.startsWith("W/") && isCurrent(stateOf(tag));
  const isWeak = (tag: string) => isCurrent(stateOf(tag.replace(/^W\//, "")));
  if (ifMatch !== undefined && !namesTag(ifMatch, isStrong)) throw changedMeanwhile();
  if (ifNoneMatch !== undefined && namesTag(ifNoneMatch, isWeak)) throw isAsTold();
}
