import { type Context, Hono } from "hono";
import { csrf } from "hono/csrf";
import { FORM_BYTES_MAX, formOf, jsonOf, mediaType } from "../inputs.ts";
import type { Html } from "../layout.ts";
import { atMost, scriptOf } from "../serving.ts";
import { FAILURES_MAX, failuresOf, type Targets } from "./failures.ts";
import { FAILURE_SCRIPT } from "./failure-form.ts";
import type { StandIn } from "./store.ts";

type Failing = Pick<DurableObjectStub<StandIn>, "takeFailure" | "replaceFailures" | "listFailures">;

/** Answers as it was told to fail, or as always. */
export async function failing(
  c: Context,
  store: Pick<Failing, "takeFailure">,
  target: string,
  answer: () => Promise<Response>,
): Promise<Response> {
  const failure = await store.takeFailure(target);
  switch (failure?.kind) {
    case undefined:
      return answer();
    case "delay":
      await scheduler.wait(failure.delayMs);
      return answer();
    case "status": {
      if (failure.retryAfterSeconds !== undefined) c.header("retry-after", String(failure.retryAfterSeconds));
      return c.json({ errorDetail: "told to fail" }, failure.status as 500);
    }
    case "drop-after": {
      const { ok, status } = await answer();
      return c.json({ errorDetail: `told to fail, after ${status}` }, (ok ? failure.status : status) as 500);
    }
  }
}

/** Forms of pages elsewhere change nothing here. */
export const ownForms = csrf();

interface FailurePage {
  readonly targets: Targets;
  readonly storeOf: (c: Context) => Failing;
  /** Where the page with the form is. */
  readonly page: string;
  /** The page again, with what is wrong with the form. */
  readonly show: (c: Context, problem: string) => Promise<Html>;
}

/** Lets tests and people say how a stand-in fails: tests all at once, people one after the other. */
export function failureRoutes({ targets, storeOf, page, show }: FailurePage) {
  const routes = new Hono();
  const { one, several } = failuresOf(targets);

  routes.get("/failures.js", (c) => c.body(FAILURE_SCRIPT, 200, scriptOf));
  routes.get("/failures.json", async (c) => c.json(await storeOf(c).listFailures()));
  routes.put("/failures", atMost(FORM_BYTES_MAX), async (c) => {
    if (mediaType(c) !== "application/json") return c.text("application/json only\n", 415);
    const failures = several.safeParse(await jsonOf(c));
    if (!failures.success) {
      return c.text("a failure, or a list of them: kind, on, times, status, retryAfterSeconds, delayMs\n", 400);
    }
    await storeOf(c).replaceFailures(failures.data);
    return c.body(null, 204);
  });
  routes.delete("/failures", async (c) => {
    await storeOf(c).replaceFailures([]);
    return c.body(null, 204);
  });

  routes.post("/failures", ownForms, atMost(FORM_BYTES_MAX), async (c) => {
    const failure = one.safeParse(await formOf(c));
    if (!failure.success) return c.html(await show(c, "That failure can’t be set: check the numbers."), 400);
    await storeOf(c).replaceFailures([...(await storeOf(c).listFailures()), failure.data].slice(-FAILURES_MAX));
    return c.redirect(page, 303);
  });
  routes.post("/failures/clear", ownForms, async (c) => {
    await storeOf(c).replaceFailures([]);
    return c.redirect(page, 303);
  });
  return routes;
}
