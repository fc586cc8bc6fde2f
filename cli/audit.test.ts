import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EXIT } from "./exit-status.ts";
import { run } from "./program.ts";
import { newPath, running, started } from "./running.ts";
import { type StandIn, standIn } from "./stand-in.ts";

let service: StandIn;
beforeEach(async () => {
  service = await standIn();
  service.days = chain().toReversed();
});
afterEach(() => service.close());

/** Three days of two seals with two entries each, sealed as the description of GetAuditDay says. */
function chain(): StandIn["days"] {
  let [seq, previous] = [0, ""];
  return ["2026-03-01", "2026-03-02", "2026-03-04"].map((date) => {
    const lines: string[] = [];
    const first = seq + 1;
    for (const _ of [1, 2]) {
      // Texts may have what other programs take for the end of a line.
      const entries = [++seq, ++seq].map((it) => JSON.stringify({ seq: it, requestId: "a\u2028b" }));
      const hash = createHash("sha256")
        .update([previous, ...entries, ""].join("\n"))
        .digest("hex");
      lines.push(
        ...entries,
        JSON.stringify({ seal: seq, first: seq - 1, entries: 2, previous, hash, sealedAt: 1, isIntact: true }),
      );
      previous = hash;
    }
    const exportedTime = "2026-03-05T00:00:00.000Z";
    const text = lines.map((line) => `${line}\n`).join("");
    return { date, first, last: seq, entries: 4, hash: previous, parts: 1, broken: 0, exportedTime, text };
  });
}

const exporting = (out: string, from = "2026-03-01", to = "2026-03-31") =>
  running(service, ["audit", "export", "--from", from, "--to", to, "--out", out]);
const verify = (...paths: string[]) => running(service, ["audit", "verify", ...paths]);
const fileOf = (out: string, date = "2026-03-02") => path.join(out, `${date}.ndjson`);

async function exported(): Promise<string> {
  const out = newPath("trail");
  expect(await exporting(out)).toMatchObject({ status: EXIT.done });
  return out;
}

describe("audit days", () => {
  test("lists all, over several pages", async () => {
    const { status, out } = await running(service, ["audit", "days", "--json"]);
    expect(status).toBe(EXIT.done);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).date),
    ).toEqual(["2026-03-04", "2026-03-02", "2026-03-01"]);
    expect((await running(service, ["audit", "days"])).out).toMatch(/^date +entries.*\n2026-03-04 +4 /);
  });
});

describe("audit export", () => {
  test("writes the days asked for, for their owner alone, and no day twice", async () => {
    const out = newPath("trail");
    expect(await exporting(out, "2026-03-02", "2026-03-03")).toEqual({
      status: EXIT.done,
      out: "1 written, 0 were there already\n",
      err: "",
    });
    expect(readFileSync(fileOf(out), "utf8")).toBe(service.days[1]!.text);
    expect(statSync(fileOf(out)).mode & 0o777).toBe(0o600);
    expect((await exporting(out)).out).toBe("2 written, 1 were there already\n");
  });

  test("says of a day that it is not exported yet: status 3", async () => {
    delete service.days[0]!.exportedTime;
    const { status, err } = await exporting(newPath("trail"));
    expect([status, err]).toEqual([EXIT.partly, "2026-03-04: is not exported yet\n"]);
  });

  test("says of a day that it is not what the list says", async () => {
    service.days[1]!.hash = "0".repeat(64);
    const { status, err } = await exporting(newPath("trail"));
    expect([status, err]).toEqual([EXIT.partly, "2026-03-02: is not what the list of days says\n"]);
  });

  test("says the same of a file that is there already, and leaves it", async () => {
    const out = newPath("trail");
    const hash = service.days[1]!.hash;
    service.days[1]!.hash = "0".repeat(64);
    await exporting(out);
    const told = "2026-03-02: is not what the list of days says\n";
    const again = await exporting(out);
    expect(again).toEqual({ status: EXIT.partly, out: "0 written, 3 were there already\n", err: told });
    service.days[1]!.hash = hash;
    expect((await exporting(out)).status).toBe(EXIT.done);
    writeFileSync(fileOf(out), "");
    expect((await exporting(out)).err).toContain(told);
    expect(readFileSync(fileOf(out), "utf8")).toBe("");
  });

  test("takes days of the calendar alone", async () => {
    for (const [from, to] of [
      ["2026-02-30", "2026-03-02"],
      ["2026-03-01", "2026-04-31"],
      ["2026-3-1", "2026-03-02"],
    ]) {
      const { status, err } = await exporting(newPath("trail"), from, to);
      expect([status, err]).toEqual([EXIT.usage, expect.stringMatching(/days/)]);
    }
  });

  test("goes on after a day that fails, and leaves no file of it", async () => {
    service.interfere = (id, { path: at }) =>
      id === "GetAuditDay" && at.endsWith("02") ? { status: 404, body: { code: 404, message: "gone" } } : undefined;
    const out = newPath("trail");
    const { status, err } = await exporting(out);
    expect([status, existsSync(fileOf(out)), existsSync(fileOf(out, "2026-03-04"))]).toEqual([
      EXIT.partly,
      false,
      true,
    ]);
    expect(err).toMatch(/^2026-03-02: gone .*\n$/);
  });

  test("says how many days are left after a failure that the others would share: status 3", async () => {
    service.interfere = (id, { path: at }) =>
      id === "GetAuditDay" && at.endsWith("02") ? { status: 403, body: { code: 403, message: "no" } } : undefined;
    const { status, out, err } = await exporting(newPath("trail"));
    expect([status, out]).toEqual([EXIT.partly, "1 written, 0 were there already, 1 left\n"]);
    expect(err).toMatch(/^2026-03-02: no .*\nthe same command goes on with the rest\n$/);
  });

  test("ends cleanly by Ctrl-C, and the last line says how to go on", async () => {
    let isAsked = false;
    service.interfere = (id, { path: at }) => {
      if (id !== "GetAuditDay" || !at.endsWith("02")) return undefined;
      isAsked = true;
      return new Promise(() => {});
    };
    const out = newPath("trail");
    const args = ["audit", "export", "--from", "2026-03-01", "--to", "2026-03-31", "--out", out];
    const { child, ended } = started(service, args);
    await expect.poll(() => isAsked, { timeout: 20_000 }).toBe(true);
    child.kill("SIGINT");
    expect(await ended).toEqual({
      status: EXIT.interrupted,
      out: "1 written, 0 were there already, 2 left\n",
      err: "the same command goes on with the rest\n",
    });
  });

  test.each([
    ["2026-02-30x", "2026-03-01"],
    ["2026-03-02", "2026-03-01"],
  ])("from %s to %s: status 2", async (from, to) => {
    expect(await exporting(newPath("trail"), from, to)).toMatchObject({ status: EXIT.usage });
  });
});

describe("audit verify", () => {
  test("finds nothing in what was exported, asking no service", async () => {
    const out = await exported();
    service.asked.length = 0;
    const { status, out: said, err } = await verify(out);
    expect([status, err, service.asked]).toEqual([EXIT.done, "", []]);
    expect(said).toBe(
      `12 entries and 6 seals of 3 files fit, up to entry 12; the last hash is ${service.days[0]!.hash}\n`,
    );
  });

  test("ended by Ctrl-C says so: what was not read is not checked", async () => {
    const out = await exported();
    const stop = new AbortController();
    const said: string[] = [];
    const io = { out: (it: string) => said.push(it), err: (it: string) => said.push(it), env: {}, stop: stop.signal };
    stop.abort();
    expect(await run(["audit", "verify", out], io)).toBe(EXIT.interrupted);
    expect(said).toEqual(["clinics: ended by Ctrl-C; the same command can be run again\n"]);
  });

  test("says where it begins when that is not the beginning", async () => {
    const out = await exported();
    const { status, err } = await verify(fileOf(out, "2026-03-04"), fileOf(out));
    expect([status, err]).toEqual([EXIT.done, "begins with entry 5: what was before is not checked\n"]);
  });

  const lines = (text: string) => text.trimEnd().split("\n");
  const whole = (them: string[]) => them.map((line) => `${line}\n`).join("");
  test.each<[string, (text: string) => string, RegExp]>([
    [
      "an entry that was changed",
      (it) => it.replace('"seq":5,"requestId":"a', '"seq":5,"requestId":"x'),
      /line 3, seal 6: its hash/,
    ],
    [
      "an entry that was removed",
      (it) => whole(lines(it).toSpliced(0, 1)),
      /line 2, seal 6: it is for 2 entries, there are 1/,
    ],
    [
      "an entry that was added",
      (it) => whole(lines(it).toSpliced(1, 0, '{"seq":5}')),
      /line 4, seal 6: it is for 2 entries, there are 3/,
    ],
    [
      "entries in another order",
      (it) => whole(lines(it).toSpliced(0, 2, lines(it)[1]!, lines(it)[0]!)),
      /line 3, seal 6: its entries/,
    ],
    [
      "a seal that was removed with its entries",
      (it) => whole(lines(it).slice(3)),
      /line 3, seal 8: it begins at entry 7/,
    ],
    [
      "seals at the end that were removed",
      (it) => whole(lines(it).slice(0, 3)),
      /2026-03-04.*line 3, seal 10: it begins at entry 9/,
    ],
    ["a seal without its line", (it) => whole(lines(it).slice(0, 5)), /line 4: entries without a seal/],
    [
      "a seal that was not intact",
      (it) => it.replace('"isIntact":true', '"isIntact":false'),
      /line 3, seal 6: it did not fit when/,
    ],
    ["a line that is none", (it) => `{\n${it}`, /line 1: neither an entry nor a seal/],
    ["a file without anything", () => "", /there is no seal/],
  ])("finds %s: status 1", async (_, change, says) => {
    const out = await exported();
    writeFileSync(fileOf(out), change(readFileSync(fileOf(out), "utf8")));
    const { status, err } = await verify(out);
    expect([status, err]).toEqual([EXIT.failed, expect.stringMatching(says)]);
  });

  test("finds a day that was sealed again by itself", async () => {
    const out = await exported();
    // As if what came before were another trail.
    const [other] = chain();
    const text = other!.text.replaceAll('"requestId":"a', '"requestId":"x').split("\n").slice(0, 2);
    const hash = createHash("sha256")
      .update(["", ...text, ""].join("\n"))
      .digest("hex");
    const seal = JSON.stringify({ seal: 2, first: 1, entries: 2, previous: "", hash, sealedAt: 1, isIntact: true });
    const rest = other!.text.split("\n").slice(3);
    writeFileSync(fileOf(out, "2026-03-01"), [...text, seal, ...rest].join("\n"));
    const { status, err } = await verify(out);
    expect([status, err]).toEqual([
      EXIT.failed,
      expect.stringContaining("line 6, seal 4: it does not build on the seal before"),
    ]);
  });

  describe("with --listed", () => {
    const listed = (...paths: string[]) => running(service, ["audit", "verify", "--listed", ...paths]);

    test("finds nothing in what was exported, also in a part of it, and says what the service has besides", async () => {
      const out = await exported();
      expect(await listed(out)).toMatchObject({ status: EXIT.done, err: "" });
      expect(await listed(fileOf(out, "2026-03-01"), fileOf(out))).toMatchObject({
        status: EXIT.done,
        err: "ends with 2026-03-02: the service has exported days up to 2026-03-04\n",
      });
    });

    test("finds seals that were cut off at the end, which verify alone can't: status 1", async () => {
      const out = await exported();
      const last = fileOf(out, "2026-03-04");
      writeFileSync(last, whole(lines(readFileSync(last, "utf8")).slice(0, 3)));
      const alone = await verify(out);
      expect([alone.status, alone.out]).toEqual([EXIT.done, expect.stringContaining("up to entry 10;")]);
      const { status, err } = await listed(out);
      expect([status, err]).toEqual([EXIT.failed, `${last}: is not what the list of days says\n`]);
    });

    test("finds a day that is not among the files, and a file that is no day: status 1", async () => {
      const out = await exported();
      const { status, err } = await listed(fileOf(out, "2026-03-01"), fileOf(out, "2026-03-04"));
      expect([status, err]).toEqual([EXIT.failed, expect.stringContaining("2026-03-02: there is no file of it\n")]);
      renameSync(fileOf(out), fileOf(out, "2026-03-03"));
      const moved = await listed(out);
      expect(moved.status).toBe(EXIT.failed);
      expect(moved.err).toContain("2026-03-03.ndjson: is not in the list of days\n");
      expect(moved.err).toContain("2026-03-02: there is no file of it\n");
    });

    test("does not end well when the service can't be asked", async () => {
      const out = await exported();
      service.interfere = () => ({ status: 403, body: { code: 403, message: "no" } });
      expect(await listed(out)).toMatchObject({ status: EXIT.failed, out: "" });
      const { status, err } = await running(service, ["audit", "verify", "--listed", out], { CLINICS_URL: undefined });
      expect([status, err]).toEqual([EXIT.usage, expect.stringMatching(/^clinics: where is the service/)]);
    });
  });

  test("no file, or none that can be read: status 2", async () => {
    const empty = newPath("empty");
    mkdirSync(empty);
    for (const it of [empty, "/nothing/there"]) expect(await verify(it)).toMatchObject({ status: EXIT.usage, out: "" });
  });
});
