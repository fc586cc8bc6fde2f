import { expect, test } from "vitest";
import { type Clock, Pace } from "./pace.ts";

/** A clock that stands still but for waits, all of which are over at their time, or so much later. */
class Hands implements Clock {
  time = 1_000_000;
  late = 0;
  readonly #asleep: { readonly until: number; readonly wake: () => void }[] = [];
  now = () => this.time;
  wait = (ms: number) => new Promise<void>((wake) => this.#asleep.push({ until: this.time + ms, wake }));

  /** Lets time pass, and what is woken go on. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const [next] = this.#asleep.toSorted((a, b) => a.until - b.until);
      if (!next || next.until + this.late > end) break;
      this.#asleep.splice(this.#asleep.indexOf(next), 1);
      this.time = Math.max(this.time, next.until + this.late);
      next.wake();
      await settled();
    }
    this.time = end;
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** When each of some that come at the same time begins, after that moment. */
async function begun(clock: Hands, pace: Pace, count: number, takesMs: number): Promise<number[]> {
  const came = clock.time;
  const began: number[] = [];
  const work = async () => {
    const over = await pace.turn();
    began.push(clock.time - came);
    await clock.wait(takesMs);
    over();
  };
  for (let i = 0; i < count; i++) {
    void work();
  }
  await clock.pass(60_000);
  return began;
}

test("those that come at the same time begin one behind the other, in the order in which they came", async () => {
  const clock = new Hands();
  expect(await begun(clock, new Pace(10, 10_000, clock), 5, 3)).toEqual([0, 10, 20, 30, 40]);
});

test("one after the other waits for nothing", async () => {
  const clock = new Hands();
  const pace = new Pace(10, 10_000, clock);
  for (let i = 0; i < 5; i++) {
    const over = await pace.turn();
    clock.time += 2;
    over();
  }
  expect(clock.time).toBe(1_000_010);
});

test("one that never ends, as its client has gone, keeps nobody", async () => {
  const clock = new Hands();
  const pace = new Pace(10, 10_000, clock);
  await pace.turn();
  expect(await begun(clock, pace, 2, 1)).toEqual([10, 20]);
});

test("where there is no time for them they begin later, ten times as late at most, and sooner again once there is", async () => {
  const clock = new Hands();
  const pace = new Pace(10, 100_000, clock);
  const gaps = (times: readonly number[]) => times.slice(1).map((time, i) => time - times[i]!);
  clock.late = 500;
  await begun(clock, pace, 50, 1);
  // How late they are is known from those before.
  const slow = gaps(await begun(clock, pace, 50, 1));
  expect(Math.max(...slow.slice(2))).toBe(100);
  clock.late = 0;
  await begun(clock, pace, 100, 1);
  expect(gaps(await begun(clock, pace, 50, 1)).at(-1)).toBeLessThan(11);
});

test("who would wait too long is refused with the time after which to come again, and takes no place", async () => {
  const clock = new Hands();
  const pace = new Pace(10, 100, clock);
  const asked = Array.from({ length: 30 }, async () => pace.turn().then(() => "began", String));
  await settled();
  await expect(pace.turn()).rejects.toMatchObject({ kind: "unavailable", status: 503, seconds: 1 });
  await clock.pass(200);
  expect((await Promise.all(asked)).filter((it) => it === "began")).toHaveLength(11);
  await expect(pace.turn()).resolves.toBeTypeOf("function");
});

test("a clock that was set back keeps nobody longer", async () => {
  const clock = new Hands();
  const pace = new Pace(10, 10_000, clock);
  await pace.turn();
  clock.time -= 3_600_000;
  expect(await begun(clock, pace, 2, 1)).toEqual([0, 10]);
});
