import { describe, expect, test } from "vitest";
import { BASE, givenRosa } from "./given.ts";
import { faultsOf } from "./structure.ts";

type Change = (entry: any[], bundle: any) => void;
const of = (entry: any[], metric: string) => entry.find(({ resource }) => resource.id?.endsWith(metric)).resource;

/** One thing wrong each, which the check has to see. */
const BROKEN: Readonly<Record<string, Change>> = {
  "mg/dL as unit": (entry) => (of(entry, "avg").valueQuantity.unit = "mg/dL"),
  "day as unit": (entry) => (of(entry, "day").valueQuantity.unit = "day"),
  "no value": (entry) => delete of(entry, "gmi").valueQuantity,
  "a panel without GMI": (entry) => {
    of(entry, "sum").hasMember.splice(2, 1);
    entry.splice(4, 1);
  },
  "a code of the ballot": (entry) => (of(entry, "sum").code.coding[0].code = "104643-2"),
  "an empty list": (entry) => (of(entry, "cv").category = []),
  "a null": (entry) => (of(entry, "cv").issued = null),
  "an id of 65 characters": (entry) => (of(entry, "cv").id = "x".repeat(65)),
  "a request in a collection": (entry) => (entry[0].request = { method: "POST", url: "Patient" }),
  "a member that is not there": (entry) => entry.splice(3, 1),
  "four ranges": (entry) => of(entry, "tir").component.pop(),
  "no status": (entry) => delete of(entry, "use").status,
  "an element of another resource": (entry) => (entry[0].resource.status = "final"),
  "a total": (_, bundle) => (bundle.total = 8),
};

describe("the structural check sees", () => {
  test.each(Object.entries(BROKEN))("%s", async (_, change) => {
    const { clinic, id } = await givenRosa();
    const { body } = await clinic.member.get(`${BASE}/Patient/${id}/$cgm-summary`);
    expect([...faultsOf(body)]).toEqual([]);
    change(body.entry, body);
    expect([...faultsOf(body)]).not.toEqual([]);
  });
});
