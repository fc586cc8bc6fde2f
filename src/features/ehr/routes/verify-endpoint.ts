import { createRoute, z } from "@hono/zod-openapi";
import { TEXT_LENGTH_MAX, anyText } from "../../../platform/core/bounded-text.ts";
import { json, jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { invalidToken, isVerificationToken, verificationTokenInBody } from "../redox/webhook.ts";
import { redoxSettings } from "../redox/settings.ts";

const someText = () => anyText({ min: 0, max: TEXT_LENGTH_MAX });
const Verification = z
  .object({
    "verification-token": someText()
      .optional()
      .openapi({ description: "The secret that Redox was given for this endpoint." }),
    challenge: someText().optional().openapi({ description: "Any text; it is returned." }),
  })
  .openapi("redoxVerification");
const Verified = z.object({ challenge: z.string() }).openapi("redoxVerified");

export const verifyEndpointOperation = operation({
  route: createRoute({
    operationId: "VerifyEndpoint",
    method: "post",
    path: "/v1/redox/verify",
    summary: "Verify the endpoint for Redox",
    description:
      "Proves to Redox that this endpoint is ours: returns the challenge to a caller that knows the token, which " +
      "is in the body.",
    tags: ["Redox"],
    security: [],
    request: { body: jsonBody(Verification) },
    responses: { 200: json(Verified, "The challenge") },
  }),
  authentication: verificationTokenInBody,
  secretFields: ["verification-token"],
  async handler(c) {
    const { "verification-token": token = "", challenge = "" } = c.req.valid("json");
    const { verificationToken } = c.get("ctx").settings.of(redoxSettings);
    if (!(await isVerificationToken(token, verificationToken))) throw invalidToken();
    return c.json({ challenge }, 200);
  },
});
