import { toDateTime } from "../../../platform/core/wire.ts";
import { addressOf } from "./record.ts";
import { CGM, type Draft, type Resource, type Versioned } from "./resource.ts";
import { outcome } from "./outcome.ts";

const entryOf = (origin: string, { resource }: Versioned) => ({
  fullUrl: addressOf(origin, resource.resourceType, resource.id),
  resource,
});

export interface Found extends Versioned {
  readonly mode?: "include";
}

/** A page of what was found. */
export const searchset = (
  origin: string,
  total: number,
  found: readonly Found[],
  link: Readonly<Record<string, string | undefined>>,
): Resource => ({
  resourceType: "Bundle",
  type: "searchset",
  total,
  link: Object.entries(link).flatMap(([relation, url]) => (url === undefined ? [] : [{ relation, url }])),
  entry:
    found.length === 0
      ? undefined
      : found.map((it) => ({ ...entryOf(origin, it), search: { mode: it.mode ?? "match" } })),
});

/** A patient with the summary of a period, and what was left out of it. */
export const collection = (
  origin: string,
  now: number,
  resources: readonly Versioned[],
  missing: readonly string[],
): Resource => ({
  resourceType: "Bundle",
  type: "collection",
  timestamp: toDateTime(now),
  entry: [
    ...resources.map((it) => entryOf(origin, it)),
    ...(missing.length === 0
      ? []
      : [
          {
            fullUrl: `urn:uuid:${crypto.randomUUID()}`,
            resource: outcome(missing.map((text) => ["information", "informational", `left out: ${text}`])),
          },
        ]),
  ],
});

/**
 * The same for a patient of an EHR, as the guide has it sent there. The end of the period is in the identifier: what is
 * there already is not made again, and next week's is not taken for it.
 */
export function submission(origin: string, now: number, drafts: readonly Draft[], subject: string): Resource {
  const urls = new Map(drafts.map(({ resource }) => [`Observation/${resource.id}`, `urn:uuid:${crypto.randomUUID()}`]));
  const system = addressOf(origin, "Observation");
  return {
    resourceType: "Bundle",
    meta: { profile: [`${CGM}cgm-data-submission-bundle`] },
    type: "transaction",
    timestamp: toDateTime(now),
    entry: drafts.map(({ resource: { id, resourceType, ...rest }, profile }) => {
      const { end } = rest.effectivePeriod as { end: string };
      const value = `${id}.${end.replaceAll("-", "")}`;
      const members = rest.hasMember as { reference: string }[] | undefined;
      return {
        fullUrl: urls.get(`Observation/${id}`),
        resource: {
          resourceType,
          meta: profile && { profile: [profile] },
          identifier: [{ system, value }],
          ...rest,
          subject: { reference: subject },
          hasMember: members?.map(({ reference }) => ({ reference: urls.get(reference) })),
        },
        request: { method: "POST", url: "Observation", ifNoneExist: `identifier=${system}|${value}` },
      };
    }),
  };
}
