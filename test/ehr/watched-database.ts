import { env } from "cloudflare:workers";

/** The database, which tells of each batch before it runs it: its number, and the texts of its statements. */
export function watched(before: (batch: number, texts: readonly string[]) => Promise<unknown>): D1Database {
  let batches = 0;
  const texts = new WeakMap<object, string>();
  const known = (text: string, statement: D1PreparedStatement): D1PreparedStatement => {
    texts.set(statement, text);
    return statement;
  };
  const prepared = (text: string, statement: D1PreparedStatement) =>
    known(
      text,
      new Proxy(statement, {
        get: (target, name) =>
          name === "bind"
            ? (...values: unknown[]) => known(text, target.bind(...values))
            : Reflect.get(target, name).bind(target),
      }),
    );
  return {
    withSession(constraint: string) {
      const session = env.DB.withSession(constraint);
      return {
        prepare: (text: string) => prepared(text, session.prepare(text)),
        getBookmark: () => session.getBookmark(),
        async batch(statements: D1PreparedStatement[]) {
          await before(
            ++batches,
            statements.map((statement) => texts.get(statement) ?? ""),
          );
          return session.batch(statements);
        },
      };
    },
  } as unknown as D1Database;
}
