import { Placeholder, type Query, SQL, sql } from "drizzle-orm";
import { toQuery } from "./sqlite.ts";

/** A statement, or one whose text is made already. */
export type Statement = SQL | Query;

/** A statement as the database gets it. */
export const queryOf = (statement: Statement): Query => (statement instanceof SQL ? toQuery(statement) : statement);

/** A statement whose text was made before; there are as many numbers as such texts. */
export interface PreparedQuery extends Query {
  readonly number: number;
}
let count = 0;

type Values = Readonly<Record<string, string | number | null>>;

/**
 * A statement whose text is made once, for what is asked with many requests or is long: making it takes longer than all else that is
 * done with it here. What differs are the values that stand in the place of their names.
 */
export function prepared<V extends Values>(
  make: (value: (name: keyof V & string) => SQL) => SQL,
): (values: V) => PreparedQuery {
  const number = count++;
  let made: Query | undefined;
  return (values) => {
    made ??= toQuery(make((name) => sql`${sql.placeholder(name)}`));
    const params = made.params.map((it) => (it instanceof Placeholder ? values[it.name] : it));
    return { sql: made.sql, params, number };
  };
}
