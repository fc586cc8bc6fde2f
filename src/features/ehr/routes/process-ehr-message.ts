import { createRoute, z } from "@hono/zod-openapi";
import { jsonBody } from "../../../platform/core/wire.ts";
import { operation } from "../../../platform/request/operation.ts";
import { receiveMessage } from "../orders/receive-message.ts";
import { verificationToken } from "../redox/webhook.ts";

const Message = z.looseObject({}).openapi("redoxMessage", {
  description:
    "A message in Redox's data model; Meta.DataModel and Meta.EventType are needed. At most 1 MiB and 32 levels. What an " +
    "order needs besides: Meta.Source.ID and an identifier's IDType as in the clinic's EHR settings, a procedure code of " +
    "these. Meta.Logs[0].ID is the same for every delivery of one message. The example is one for the demo data of a local " +
    "server.",
  example: {
    Meta: {
      DataModel: "Order",
      EventType: "New",
      EventDateTime: "2026-11-20T09:30:00Z",
      Source: { ID: "demo-ehr", Name: "Demo EHR" },
      Logs: [{ ID: "7d2f5b52-0c7e-4b0e-9d0e-5a3c1f6b8e21" }],
    },
    Patient: {
      Identifiers: [{ ID: "HE-1005", IDType: "MRN" }],
      Demographics: { FirstName: "Łucja", LastName: "Nowak", DOB: "1976-03-30" },
    },
    Order: { ID: "order-1", Procedure: { Code: "GLUCOSE-ON", Description: "Enable reports" } },
  },
});

export const processEhrMessageOperation = operation({
  route: createRoute({
    operationId: "ProcessEHRMessage",
    method: "post",
    path: "/v1/redox",
    summary: "Receive a message from Redox",
    description:
      "Takes in a message of an EHR, which is stored once however often it is delivered. Orders are applied in the " +
      "background, those of one patient in the order of their events; their answers are messages of their own.",
    tags: ["Redox"],
    security: [{ verificationToken: [] }],
    request: { body: jsonBody(Message) },
    responses: { 200: { description: "Stored" } },
  }),
  authentication: verificationToken,
  async handler(c) {
    await receiveMessage(c.var.ctx, c.req.valid("json"));
    return c.body(null, 200);
  },
});
