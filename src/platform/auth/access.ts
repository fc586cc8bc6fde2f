import type { Caller } from "./caller.ts";

export type Role = "CLINIC_ADMIN" | "CLINIC_MEMBER" | "PRESCRIBER";

/**
 * One way to be allowed in. An operation's rule is a list of grants; any of them suffices.
 * service: a backend service · serviceFor: one, where the path parameter has this value · person: anyone signed in who is
 * not one · member, admin: a clinician record in the clinic of the path with that standing · anyRecord: one with any
 * role · self: the person named by the path parameter · memberSelf: both.
 */
export type Grant =
  | { readonly by: "service" }
  | { readonly by: "serviceFor"; readonly param: string; readonly value: string }
  | { readonly by: "person" }
  | { readonly by: "member" }
  | { readonly by: "admin" }
  | { readonly by: "anyRecord" }
  | { readonly by: "self"; readonly param: string }
  | { readonly by: "memberSelf"; readonly param: string };

export type Rule = readonly Grant[];

export const service: Grant = { by: "service" };
export const serviceFor = (param: string, value: string): Grant => ({ by: "serviceFor", param, value });
export const person: Grant = { by: "person" };
export const member: Grant = { by: "member" };
export const admin: Grant = { by: "admin" };
export const anyRecord: Grant = { by: "anyRecord" };
export const self = (param: string): Grant => ({ by: "self", param });
export const memberSelf = (param: string): Grant => ({ by: "memberSelf", param });

/** What the rule says before any membership is known: yes, no, or that it depends on the membership. */
export type Verdict = "allowed" | "refused" | "byMembership";

type Params = (name: string) => string | undefined;

const isServiceFor = (operationId: string, caller: Caller): boolean =>
  caller.kind === "service" && (caller.scopes === undefined || caller.scopes.has(operationId));

/** Decides as far as the caller and the path alone can. */
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
      case "self":
        if (caller.kind === "person" && params(grant.param) === caller.id) return "allowed";
        break;
      case "memberSelf":
        if (caller.kind === "person" && params(grant.param) === caller.id) verdict = "byMembership";
        break;
      default:
        verdict = "byMembership";
    }
  }
  return verdict;
}

/** The roles any one of which opens the operation to this caller as a clinician of the clinic. */
export function openingRoles(rule: Rule, caller: Caller, params: Params): readonly Role[] {
  const roles = new Set<Role>();
  for (const grant of rule) {
    if (grant.by === "admin" || grant.by === "member") roles.add("CLINIC_ADMIN");
    if (grant.by === "member") roles.add("CLINIC_MEMBER");
    if (grant.by === "anyRecord") roles.add("CLINIC_ADMIN").add("CLINIC_MEMBER").add("PRESCRIBER");
    if (grant.by === "memberSelf" && caller.kind === "person" && params(grant.param) === caller.id) {
      roles.add("CLINIC_ADMIN").add("CLINIC_MEMBER");
    }
  }
  return [...roles];
}
