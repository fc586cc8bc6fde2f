import { type Query, type SQL } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";

/** How SQLite writes names, values and texts. drizzle's class for that is its query builder as well, which we have no use for. */
const SQLITE = {
  casing: new CasingCache(),
  escapeName: (name: string) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: () => "?",
  escapeString: (text: string) => `'${text.replaceAll("'", "''")}'`,
};

/** A statement as the database gets it. */
export const toQuery = (statement: SQL): Query => statement.toQuery(SQLITE);
