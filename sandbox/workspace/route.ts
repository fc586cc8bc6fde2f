import { useEffect, useState } from "react";

export type View = "patients" | "duplicates" | "tide" | "merge";

/** What the workspace shows. It stands behind the `#`, so a reload and a link lead to the same. */
export interface Route {
  readonly view: View;
  /** Ids alone: nothing that was typed goes into an address. */
  readonly who?: string;
  readonly clinicId?: string;
  readonly patientId?: string;
  /** Of two records to be compared: the one that would go. */
  readonly otherId?: string;
}

const VIEWS: readonly string[] = ["patients", "duplicates", "tide", "merge"];

/** `#/who/clinic/view/patient/other`, ids as they are; anything else leads to the patients of the first person. */
export function routeOf(hash: string): Route {
  const [, who = "", clinicId = "", view = "", patientId = "", otherId = ""] = hash.replace(/^#/, "").split("/");
  return {
    view: VIEWS.includes(view) ? (view as View) : "patients",
    ...(who !== "" && { who }),
    ...(clinicId !== "" && { clinicId }),
    ...(patientId !== "" && { patientId }),
    ...(otherId !== "" && { otherId }),
  };
}

export function hashOf({ who = "", clinicId = "", view, patientId, otherId }: Route): string {
  const parts = ["", who, clinicId, view, ...[patientId, otherId].filter((id) => id !== undefined)];
  return `#${parts.join("/")}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const follow = () => setRoute(routeOf(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
