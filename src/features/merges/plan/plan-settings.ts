import { type ClinicForMerge, inOrder } from "./clinic-for-merge.ts";

/** A setting both clinics must have alike. */
export interface SettingPlan {
  readonly name: string;
  readonly sourceValue: string;
  readonly targetValue: string;
  readonly isMatch: boolean;
}

const setting = (name: string, sourceValue: string, targetValue: string): SettingPlan => ({
  name,
  sourceValue,
  targetValue,
  isMatch: sourceValue === targetValue,
});

const required = (isRequired: boolean) => (isRequired ? "Required" : "Not Required");
const yesNo = (isIt: boolean) => (isIt ? "Yes" : "No");

export const planSettings = (source: ClinicForMerge, target: ClinicForMerge): readonly SettingPlan[] => [
  setting("MRN Required", required(source.mrnRequired), required(target.mrnRequired)),
  setting("MRN Unique", yesNo(source.mrnUnique), yesNo(target.mrnUnique)),
  setting("Glucose Units", source.preferredBgUnits, target.preferredBgUnits),
  setting("Timezone", source.timezone, target.timezone),
];

/** Who may become a member. Unlike a setting, the source's may say less than the target's. */
export interface RestrictionsPlan extends SettingPlan {
  /** How many restricted domains of the source are not restricted in the target, or to another identity provider. */
  readonly missing: number;
}

export function planRestrictions(source: ClinicForMerge, target: ClinicForMerge): RestrictionsPlan {
  const ofTarget = providers(target);
  const missing = [...providers(source)].filter(([domain, provider]) => ofTarget.get(domain) !== provider).length;
  return { ...setting("Partial SSO", shown(source), shown(target)), missing };
}

/** The provider each domain asks for; the last entry decides when a domain repeats. */
const providers = ({ membershipRestrictions }: ClinicForMerge): ReadonlyMap<string, string> =>
  new Map(membershipRestrictions.map(({ emailDomain, requiredIdp }) => [emailDomain, requiredIdp ?? ""]));

const shown = ({ membershipRestrictions }: ClinicForMerge): string =>
  membershipRestrictions.length === 0
    ? "N/A"
    : membershipRestrictions
        .map(({ emailDomain, requiredIdp }) => `${emailDomain}/${requiredIdp ?? ""}`)
        .toSorted(inOrder)
        .join(", ");
