import { createRoute } from "@hono/zod-openapi";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { matchClinicAndPatient } from "../match/match.ts";
import { MatchRequest, MatchResponse } from "../match/schema.ts";

export const matchClinicAndPatientOperation = operation({
  route: createRoute({
    operationId: "MatchClinicAndPatient",
    method: "post",
    path: "/v1/redox/match",
    summary: "Match an order to a patient",
    description:
      "Finds the clinic that an order of an EHR is for, and its patients that match. Names and MRNs are compared " +
      "without case and accents; an order without an MRN of the clinic's type matches nobody. `onUniqueMatch` " +
      "changes the subscription of a patient who is the only match. Services only.",
    tags: ["Internal"],
    request: { body: jsonBody(MatchRequest) },
    responses: {
      200: json(MatchResponse, "The clinic, its settings, and the patients that match"),
      ...refusals({
        404: "No such message, or no clinic is connected to its source",
        409: "Several clinics are connected to its source, or the clinic is being merged",
      }),
    },
  }),
  async handler(c) {
    return c.json(await matchClinicAndPatient(c.get("ctx"), c.req.valid("json")), 200);
  },
});
