import type { Caller } from "./caller.ts";

/**
 * One condition that grants access. An operation's rule is a list of grants; any of them suffices.
 * service: a backend service · serviceFor: a service, if the path parameter has this value · person: a signed-in
 * person · personFor: one, if the parameter has this value · role: a person with one of the roles in the tenant of the path · self: the person named by the path
 * parameter · selfWithRole: both. `level` is the display name of those roles.
 */
export type Grant =
  | { readonly by: "service" }
  | { readonly by: "serviceFor"; readonly param: string; readonly value: string }
  | { readonly by: "person" }
  | { readonly by: "personFor"; readonly param: string; readonly value: string }
  | { readonly by: "role"; readonly level: string; readonly roles: readonly string[] }
  | { readonly by: "self"; readonly param: string }
  | { readonly by: "selfWithRole"; readonly level: string; readonly roles: readonly string[]; readonly param: string };

export type Rule = readonly Grant[];

export const service: Grant = { by: "service" };
export const serviceFor = (param: string, value: string): Grant => ({ by: "serviceFor", param, value });
export const person: Grant = { by: "person" };
export const personFor = (param: string, value: string): Grant => ({ by: "personFor", param, value });
export const self = (param: string): Grant => ({ by: "self", param });

/** The result of a rule before the membership is known: allowed, refused, or dependent on the membership. */
export type Verdict = "allowed" | "refused" | "byMembership";

type Params = (name: string) => string | undefined;

const isServiceFor = (operationId: string, caller: Caller): boolean =>
  caller.kind === "service" && (caller.scopes === undefined || caller.scopes.has(operationId));

/** Evaluates a rule by caller and path alone. */
export function verdictOf(rule: Rule, operationId: string, caller: Caller, params: Params): Verdict {
  let verdict: Verdict = "refused";
  for (const grant of rule) {
    switch (grant.by) {
      case "service":
        if (isServiceFor(operationId, caller)) return "allowed";
        break;
      case "serviceFor":
        if (isServiceFor(operationId, caller) && params(grant.param) === grant.value) return "allowed";
        break;
      case "person":
        if (caller.kind === "person") return "allowed";
        break;
      case "personFor":
        if (caller.kind === "person" && params(grant.param) === grant.value) return "allowed";
        break;
      case "self":
        if (caller.kind === "person" && params(grant.param) === caller.id) return "allowed";
        break;
      case "selfWithRole":
        if (caller.kind === "person" && params(grant.param) === caller.id) verdict = "byMembership";
        break;
      default:
        verdict = "byMembership";
    }
  }
  return verdict;
}

/** The roles of which any one grants this caller access as a member of the tenant. */
export function openingRoles(rule: Rule, caller: Caller, params: Params): readonly string[] {
  const roles = new Set<string>();
  for (const grant of rule) {
    const opens =
      grant.by === "role" ||
      (grant.by === "selfWithRole" && caller.kind === "person" && params(grant.param) === caller.id);
    if (opens) for (const role of grant.roles) roles.add(role);
  }
  return [...roles];
}
