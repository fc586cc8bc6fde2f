import { createRoute, z } from "@hono/zod-openapi";
import { Clinic } from "../../clinics/model/schema.ts";
import { sought } from "../../../platform/core/bounded-text.ts";
import { json } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { enableClinic } from "../enable-clinic.ts";

export const enableNewClinicExperienceOperation = operation({
  route: createRoute({
    operationId: "EnableNewClinicExperience",
    method: "post",
    path: "/v1/clinicians/{userId}/migrate",
    summary: "Create a clinic for a legacy account",
    description:
      "Creates a clinic with a legacy clinic account as its admin, to be completed and then migrated. If the " +
      "account already administers a clinic that is not migrated yet, that clinic is returned. Services only.",
    tags: ["Migrations"],
    request: { params: z.object({ userId: sought() }) },
    responses: {
      200: json(Clinic, "The clinic, still to be named and migrated"),
      ...refusals({
        404: "No such user",
        409: "Too many requests at once",
        422: "The user has no legacy clinic account",
      }),
    },
  }),
  async handler(c) {
    return c.json(await enableClinic(c.get("ctx"), c.req.valid("param").userId), 200);
  },
});
