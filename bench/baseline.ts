import { MARK, NUMBER_HEADER, PLAN_HEADER, PLANS_PATH, type Recording, RUN_PATH, run } from "./protocol.ts";

/**
 * The least a Worker can do to give the product's answers: it sends the same statements with the same parameters to the
 * same database, in as many round trips, and answers with the same bytes. It checks nothing and makes nothing.
 */

let plans: readonly Recording[] = [];

export default {
  async fetch(request, { DB }) {
    const { pathname } = new URL(request.url);
    if (pathname === RUN_PATH) return run(request, DB);
    if (pathname === PLANS_PATH) {
      plans = await request.json();
      return new Response(null, { status: 204 });
    }
    const plan = plans[Number(request.headers.get(PLAN_HEADER))]!;
    const number = request.headers.get(NUMBER_HEADER);
    if (request.body) await request.text();
    const filled = <T>(value: T) =>
      number !== null && typeof value === "string" ? value.replaceAll(MARK, number) : value;
    const session = DB.withSession("first-primary");
    for (const batch of plan.batches) {
      await session.batch(
        batch.map(({ text, params }) => {
          const statement = session.prepare(text);
          return params.length > 0 ? statement.bind(...params.map(filled)) : statement;
        }),
      );
    }
    return new Response(filled(plan.body) || null, {
      status: plan.status,
      headers: plan.headers as [string, string][],
    });
  },
} satisfies ExportedHandler<{ readonly DB: D1Database }>;
