import { env } from "cloudflare:workers";

/** D1 takes and gives no text larger than this; the local database does not hold anybody to it. */
export const VALUE_BYTES_MAX = 2_000_000;

export interface Passed {
  /** Of any text that was bound to a statement or came back in a row. */
  largestValue: number;
  /** Of all texts of one row that came back. */
  largestRow: number;
}

interface Statement {
  bind(...values: unknown[]): unknown;
}
interface Session {
  batch(statements: unknown[]): Promise<{ results: Record<string, unknown>[] }[]>;
}

const encoder = new TextEncoder();
const bytesOf = (value: unknown) => (typeof value === "string" ? encoder.encode(value).length : 0);

/** What passes the boundary of the database, in either direction, while something is done. */
export async function passedDuring(work: () => Promise<void>): Promise<Passed> {
  const passed: Passed = { largestValue: 0, largestRow: 0 };
  const session = env.DB.withSession();
  const ofSession = Object.getPrototypeOf(session) as Session;
  const ofStatement = Object.getPrototypeOf(session.prepare("SELECT 1")) as Statement;
  const original = { bind: valueOf(ofStatement, "bind"), batch: valueOf(ofSession, "batch") };
  ofStatement.bind = function (this: unknown, ...values: unknown[]) {
    for (const value of values) passed.largestValue = Math.max(passed.largestValue, bytesOf(value));
    return original.bind.apply(this, values);
  };
  ofSession.batch = async function (this: unknown, ...given) {
    const answers = (await original.batch.apply(this, given)) as Awaited<ReturnType<Session["batch"]>>;
    for (const row of answers.flatMap(({ results }) => results)) {
      const sizes = Object.values(row).map(bytesOf);
      passed.largestValue = Math.max(passed.largestValue, ...sizes);
      passed.largestRow = Math.max(
        passed.largestRow,
        sizes.reduce((a, b) => a + b, 0),
      );
    }
    return answers;
  };
  try {
    await work();
  } finally {
    Object.assign(ofStatement, { bind: original.bind });
    Object.assign(ofSession, { batch: original.batch });
  }
  return passed;
}

const valueOf = (of: object, name: string) =>
  Object.getOwnPropertyDescriptor(of, name)!.value as (this: unknown, ...values: unknown[]) => unknown;
