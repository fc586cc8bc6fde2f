import { comparisonKey } from "../../../platform/text/comparison-key.ts";

/** Rule of the published behaviour; merges of whole clinics may exceed it. */
export const SITES_PER_CLINIC_MAX = 50;
export const SITE_NAME_LENGTH_MAX = 200;
/** As published: the contract's expression, whose POSIX class is no ECMAScript, in equal terms. */
export const SITE_NAME = /^[!-~\p{L}\p{N}][ -~\p{L}\p{N}]*$/u;

/** What two sites of one clinic must not share: the keys of the words. White space counts: `East` is not `East `. */
export const siteNameKey = (name: string): string => name.split(" ").map(comparisonKey).join(" ");

/** The name a site gets that is made from a tag: white space a site may not have becomes single spaces. */
export const siteNameOfTag = (tagName: string): string => tagName.replace(/\s+/gu, " ").trim();

const NUMBERED = /^(.*) \((\d+)\)$/su;

/** The name itself, or with ` (2)`, ` (3)` … behind it: the first that no site of the clinic has yet. */
export function firstFreeName(name: string, takenKeys: ReadonlySet<string>): string {
  let candidate = name;
  while (takenKeys.has(siteNameKey(candidate))) {
    const numbered = NUMBERED.exec(candidate);
    candidate = numbered ? `${numbered[1]} (${BigInt(numbered[2]!) + 1n})` : `${candidate} (2)`;
  }
  return candidate;
}
