import { createRoute } from "@hono/zod-openapi";
import { operation } from "../../../platform/request/operation.ts";
import { refusals } from "../../../platform/request/refusals.ts";
import { requestConnection } from "../connections/request-connection.ts";
import { ProviderParams } from "../model/schema.ts";

export const connectProviderOperation = operation({
  route: createRoute({
    operationId: "ConnectProvider",
    method: "post",
    path: "/v1/clinics/{clinicId}/patients/{patientId}/connect/{providerId}",
    summary: "Request a connection with a provider",
    description:
      "Asks the patient by mail to connect their account with the provider, and once more after a week if they " +
      "have not. The record must have a data source of the provider; one that was connected before is requested " +
      "again. Repeating the request within 30 seconds sends no mail.",
    tags: ["Patients"],
    request: { params: ProviderParams },
    responses: {
      204: { description: "The request is recorded, and mailed if the record has an address" },
      ...refusals({
        404: "No such patient of this clinic, or no data source of the provider",
      }),
    },
  }),
  repeatsBlindly: () => true,
  async handler(c) {
    const { clinicId, patientId, providerId } = c.req.valid("param");
    await requestConnection(c.get("ctx"), clinicId, patientId, providerId);
    return c.body(null, 204);
  },
});
