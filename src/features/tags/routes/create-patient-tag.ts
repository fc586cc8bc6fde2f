import { createRoute } from "@hono/zod-openapi";
import { ClinicParams } from "../../clinics/model/schema.ts";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { createTag } from "../create-tag.ts";
import { PatientTag, TagInput } from "../model/schema.ts";

export const createPatientTagOperation = operation({
  route: createRoute({
    operationId: "CreatePatientTag",
    method: "post",
    path: "/v1/clinics/{clinicId}/patient_tags",
    summary: "Add a tag to a clinic",
    description:
      "Adds a patient tag to a clinic. A clinic has at most 50; names must differ in more than case, accents and " +
      "spaces.",
    tags: ["Patient tags"],
    request: { params: ClinicParams, body: jsonBody(TagInput) },
    responses: {
      200: json(PatientTag, "The new tag"),
      ...refusals({
        404: "No such clinic",
        409: "The name is taken",
        422: "The clinic has the maximum number of tags",
      }),
    },
  }),
  async handler(c) {
    const { name } = c.req.valid("json");
    return c.json(await createTag(c.get("ctx"), c.req.valid("param").clinicId, name), 200);
  },
});
