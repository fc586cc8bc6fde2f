import { z } from "zod";

const WAIT_SECONDS_MAX = 25;
const LOOK_AGAIN_MS = 300;

const ListQuery = z.object({
  after: z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .default("0")
    .transform(Number),
  wait: z
    .string()
    .regex(/^[0-9]{1,2}$/)
    .default("0")
    .transform(Number)
    .pipe(z.number().max(WAIT_SECONDS_MAX)),
});

export const LIST_QUERY_HELP = `after is an id, wait a number of seconds up to ${WAIT_SECONDS_MAX}\n`;

/**
 * What is listed after an id; with a wait the answer comes when there is something, so that a page needs to ask less
 * often. Undefined when the query says neither.
 */
export async function listedAfter<T>(
  query: Record<string, string>,
  list: (afterId: number) => Promise<T[]>,
): Promise<T[] | undefined> {
  const asked = ListQuery.safeParse(query);
  if (!asked.success) return undefined;
  const { after, wait } = asked.data;
  const until = Date.now() + wait * 1000;
  let listed = await list(after);
  while (listed.length === 0 && Date.now() < until) {
    await scheduler.wait(LOOK_AGAIN_MS);
    listed = await list(after);
  }
  return listed;
}
