import { createRoute } from "@hono/zod-openapi";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { tagged, unchanged } from "../../../platform/request/tagged.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { listMembershipRestrictions } from "../membership-restrictions.ts";
import { ClinicParams } from "../model/schema.ts";
import { MembershipRestrictions } from "../model/settings-schema.ts";

export const listMembershipRestrictionsOperation = operation({
  route: createRoute({
    operationId: "ListMembershipRestrictions",
    method: "get",
    path: "/v1/clinics/{clinicId}/membership_restrictions",
    summary: "List the membership restrictions",
    description:
      "Returns who may accept an invitation to the clinic: which e-mail domains, and with which identity provider. " +
      "Without restrictions anybody may. Admins and services only.",
    tags: ["Settings"],
    request: { params: ClinicParams },
    responses: {
      200: json(MembershipRestrictions, "Who may accept an invitation"),
      ...unchanged,
      ...refusals({ 404: "No such clinic" }),
    },
  }),
  async handler(c) {
    return tagged(c, await listMembershipRestrictions(c.get("ctx"), c.req.valid("param").clinicId));
  },
});
