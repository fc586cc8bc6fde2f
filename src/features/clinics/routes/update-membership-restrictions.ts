import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { replaceMembershipRestrictions } from "../membership-restrictions.ts";
import { ClinicParams } from "../model/schema.ts";
import { MembershipRestrictions } from "../model/settings-schema.ts";

export const updateMembershipRestrictionsOperation = operation({
  route: createRoute({
    operationId: "UpdateMembershipRestrictions",
    method: "put",
    path: "/v1/clinics/{clinicId}/membership_restrictions",
    summary: "Replace the membership restrictions",
    description:
      "Replaces the restrictions. With none or an empty list, anybody may accept an invitation. Existing members " +
      "stay. Services only.",
    tags: ["Settings"],
    request: { params: ClinicParams, body: jsonBody(MembershipRestrictions) },
    responses: {
      200: json(MembershipRestrictions, "Who may accept an invitation from now on"),
      ...refusals({ 404: "No such clinic" }),
    },
  }),
  async handler(c) {
    return c.json(
      await replaceMembershipRestrictions(c.get("ctx"), c.req.valid("param").clinicId, c.req.valid("json")),
      200,
    );
  },
});
