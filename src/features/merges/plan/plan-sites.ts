import { codePoints } from "../../../platform/text/text.ts";
import { firstFreeName, SITE_NAME_LENGTH_MAX, siteNameKey } from "../../sites/model/rules.ts";
import type { ClinicForMerge, Label } from "./clinic-for-merge.ts";

/** MOVE: a source site goes to the target as it is; RENAME: under another name; RETAIN: a site of the target. */
export type SiteAction = "MOVE" | "RENAME" | "RETAIN";

export interface SitePlan {
  readonly action: SiteAction;
  readonly site: Label;
  /** What the site is called in the target after the merge. Its id stays. */
  readonly finalName: string;
  /** The name of the clinic that has it before. */
  readonly workspace: string;
}

/**
 * The sites of the source, then those of the target; none is combined with another. A source site whose name the target
 * has, in whatever spelling, gets the next free one: one that no site of either clinic has.
 */
export function planSites(source: ClinicForMerge, target: ClinicForMerge): readonly SitePlan[] {
  const ofTarget = new Set(target.sites.map(({ name }) => siteNameKey(name)));
  const taken = new Set([...ofTarget, ...source.sites.map(({ name }) => siteNameKey(name))]);
  const moved = source.sites.map((site): SitePlan => {
    if (!ofTarget.has(siteNameKey(site.name))) {
      return { action: "MOVE", site, finalName: site.name, workspace: source.name };
    }
    const finalName = freeName(site.name, taken);
    taken.add(siteNameKey(finalName));
    return { action: "RENAME", site, finalName, workspace: source.name };
  });
  const retained = target.sites.map(
    (site): SitePlan => ({ action: "RETAIN", site, finalName: site.name, workspace: target.name }),
  );
  return [...moved, ...retained];
}

/** Room for ` (99)` and more. */
const NUMBER_LENGTH = 8;

/** A free name that is no longer than names of sites may be: the longest names lose their end to the number. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  const free = firstFreeName(name, taken);
  if (codePoints(free) <= SITE_NAME_LENGTH_MAX) return free;
  const beginning = [...name].slice(0, SITE_NAME_LENGTH_MAX - NUMBER_LENGTH).join("");
  return firstFreeName(`${beginning.trimEnd()} (2)`, taken);
}
