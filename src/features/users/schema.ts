import { z } from "@hono/zod-openapi";
import { UserId } from "../../platform/core/wire.ts";
import { Email } from "../../platform/core/bounded-text.ts";

export const UserParams = z.object({ userId: UserId });

export const UserDetails = z
  .object({
    email: Email.optional().openapi({ minLength: 1 }),
  })
  .openapi("updateUserDetails.v1", { example: { email: "rosa@example.org" } });
