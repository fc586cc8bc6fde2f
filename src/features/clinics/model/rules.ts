/** What the tiers are called; a stored tier outside the list has no description. */
const TIER_DESCRIPTIONS: Readonly<Record<string, string>> = {
  tier0100: "Free",
  tier0200: "Standard",
  tier0300: "Premium",
  tier0400: "Enterprise",
};
export const TIERS = ["tier0100", "tier0200", "tier0300", "tier0400"] as const;
export const DEFAULT_TIER = "tier0100";
/** What a report on upload does in the EHR unless the settings say otherwise. */
export const DEFAULT_NOTE_EVENT_TYPE = "New";
export const DEFAULT_BG_UNITS = "mg/dL";
/** The hard limit every new clinic starts with. */
export const NEW_CLINIC_HARD_LIMIT = 250;

export const tierDescription = (tier: string): string => TIER_DESCRIPTIONS[tier] ?? "";

export interface MigrationProfile {
  isMigrated: number;
  address: string | null;
  city: string | null;
  clinicType: string | null;
  country: string | null;
  name: string;
  postalCode: string | null;
  state: string | null;
  preferredBgUnits: string | null;
}

/** Whether a clinic made from a legacy account has all it takes to be migrated. */
export const canMigrate = (clinic: MigrationProfile, hasAdmin: boolean): boolean =>
  clinic.isMigrated === 0 &&
  hasAdmin &&
  [
    clinic.address,
    clinic.city,
    clinic.clinicType,
    clinic.country,
    clinic.name,
    clinic.postalCode,
    clinic.state,
    clinic.preferredBgUnits,
  ].every(Boolean);

export interface LimitScope {
  country: string | null;
  tier: string | null;
}

/** Patient limits hold for free clinics in the US; a clinic that names no country or tier counts as such. */
export const limitsApply = ({ country, tier }: LimitScope): boolean =>
  (country === null || country === "" || country === "US") && (tier === null || tier === DEFAULT_TIER);
