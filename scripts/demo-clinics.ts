/** The clinics of the demo data and the clinicians who sign in to them; all of them invented. */

export const ANA = {
  userId: "a1b2c3d4e5",
  email: "ana.ruiz@harbor-endocrine.example",
  name: "Ana Ruiz",
  is: "admin of Harbor Endocrine",
};
export const BO = {
  userId: "0f1e2d3c4b",
  email: "bo.lind@harbor-endocrine.example",
  name: "Bo Lind",
  is: "member of Harbor Endocrine, admin of Bayview",
};
export const CHLOE = {
  userId: "c4d5e6f7a8",
  email: "chloe.martel@clinique-du-lac.example",
  name: "Chloé Martel",
  is: "admin of Clinique du Lac",
};
export const DANA = {
  userId: "d1e2f3a4b5",
  email: "dana.whitcomb@cedar-valley.example",
  name: "Dana Whitcomb",
  is: "admin of Cedar Valley",
};

export const HARBOR = {
  name: "Harbor Endocrine",
  address: "1200 Harbor Street",
  city: "Monterey",
  state: "CA",
  postalCode: "93940",
  country: "US",
  timezone: "US/Pacific",
  clinicType: "provider_practice",
  clinicSize: "0-249",
  preferredBgUnits: "mg/dL",
  website: "https://harbor-endocrine.example",
  phoneNumbers: [{ type: "Office", number: "(831) 555-0142" }],
};
export const LAC = {
  name: "Clinique du Lac",
  address: "8 quai des Alpes",
  city: "Lausanne",
  state: "VD",
  postalCode: "1006",
  country: "CH",
  timezone: "Europe/Zurich",
  clinicType: "healthcare_system",
  clinicSize: "0-249",
  preferredBgUnits: "mmol/L",
};
export const CEDAR = {
  name: "Cedar Valley Diabetes",
  address: "45 Orchard Road",
  city: "Boise",
  state: "ID",
  postalCode: "83702",
  country: "US",
  timezone: "US/Mountain",
  clinicType: "provider_practice",
  clinicSize: "0-249",
  preferredBgUnits: "mg/dL",
};
/** Small, and with settings as Harbor's, so that it can be merged into it. */
export const BAYVIEW = {
  ...HARBOR,
  name: "Bayview Endocrine",
  address: "77 Cannery Lane",
  city: "Pacific Grove",
  postalCode: "93950",
  website: "https://bayview-endocrine.example",
  phoneNumbers: [{ type: "Office", number: "(831) 555-0177" }],
};
