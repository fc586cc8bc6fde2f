import { readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EhrSettingsV1, MergeStatusV1, OutboxEntryV1 } from "../client/index.ts";
import { changesBetween } from "./ehr-settings.ts";
import { EXIT } from "./exit-status.ts";
import { givenFile, newPath, running, started } from "./running.ts";
import { CLINIC_ID, MERGE_ID, type StandIn, standIn } from "./stand-in.ts";

let service: StandIn;
beforeEach(async () => {
  service = await standIn();
});
afterEach(() => service.close());
const lines = (text: string) => text.trim().split("\n");
const documents = (text: string) => lines(text).map((line) => JSON.parse(line));

const id = (n: number) => n.toString(16).padStart(24, "0");
const entry = (n: number, fields: Partial<OutboxEntryV1> = {}): OutboxEntryV1 => ({
  id: id(n),
  kind: "clinic_created",
  state: "failed",
  reason: "timeout",
  attempts: 5,
  createdTime: "2026-03-01T09:00:00Z",
  finishedTime: "2026-03-01T10:00:00Z",
  ...fields,
});

describe("dead-letters", () => {
  beforeEach(() => {
    const another = { kind: "ehr_job", clinicId: CLINIC_ID };
    service.entries = [entry(1), entry(2, another), entry(3), entry(4, { state: "sent" }), entry(5)];
  });

  test("list shows all that failed, over several pages", async () => {
    const { status, out } = await running(service, ["dead-letters", "list"]);
    expect(status).toBe(EXIT.done);
    expect(lines(out).map((line) => line.split(/ +/)[0])).toEqual(["id", id(1), id(2), id(3), id(5)]);
  });

  test("list --json is a document a line, and --kind and --clinic choose", async () => {
    const { out } = await running(service, ["dead-letters", "list", "--json"]);
    expect(documents(out)).toEqual(service.entries.filter(({ state }) => state === "failed"));
    for (const choice of [
      ["--kind", "ehr_job"],
      ["--clinic", CLINIC_ID],
    ]) {
      const chosen = await running(service, ["dead-letters", "list", "--json", ...choice]);
      expect(documents(chosen.out).map((it) => it.id)).toEqual([id(2)]);
    }
  });

  test("list has the first 10,000 in a table, and says that --json has all", async () => {
    const [one] = service.entries;
    service.entries = Array.from({ length: 10_001 }, (_, i) => ({ ...one!, id: id(i + 1) }));
    const asTable = await running(service, ["dead-letters", "list", "--messages"]);
    expect(lines(asTable.out)).toHaveLength(1 + 10_000);
    expect(asTable.err).toContain("--json");
    const asJson = await running(service, ["dead-letters", "list", "--messages", "--json"]);
    expect(documents(asJson.out)).toHaveLength(10_001);
  });

  test("waits as a limit of requests asks, and goes on", async () => {
    const at: number[] = [];
    service.interfere = () => {
      at.push(performance.now());
      const body = { code: 429, message: "too many requests, try again later" };
      return at.length === 1 ? { status: 429, body, headers: { "retry-after": "1" } } : undefined;
    };
    const { status, out } = await running(service, ["dead-letters", "list", "--json"]);
    expect([status, documents(out).length]).toEqual([EXIT.done, 4]);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(1000);
  });

  test("list of nothing says so on stderr alone", async () => {
    service.entries = [];
    expect(await running(service, ["dead-letters", "list"])).toEqual({ status: 0, out: "", err: "there is nothing\n" });
  });

  test("list --messages shows the record of messages", async () => {
    const { out } = await running(service, ["dead-letters", "list", "--messages", "--json"]);
    expect(documents(out).map((it) => it.entryId)).toEqual(service.entries.map((it) => it.id));
  });

  test("show shows one, in whatever state", async () => {
    const { out } = await running(service, ["dead-letters", "show", id(4)]);
    expect(out).toMatch(/^state +sent$/m);
    const asJson = await running(service, ["dead-letters", "show", id(4), "--json"]);
    expect(documents(asJson.out)).toEqual([service.entries[3]]);
  });

  test("requeue takes ids, each once", async () => {
    const { status, out } = await running(service, ["dead-letters", "requeue", id(1), id(3), id(1)]);
    expect([status, out, service.writes()]).toEqual([EXIT.done, "2 requeued\n", 2]);
    expect(service.entries.map(({ state }) => state)).toEqual(["queued", "failed", "queued", "sent", "failed"]);
  });

  test("requeue --all takes what had failed when it began, once each", async () => {
    // What is tried again may fail again at once.
    service.interfere = (operationId) => (operationId === "RequeueEntry" ? { status: 204 } : undefined);
    const { status, out } = await running(service, ["dead-letters", "requeue", "--all", "--json"]);
    expect([status, documents(out)]).toEqual([EXIT.done, [{ requeued: 4, failed: [], left: 0, hasMore: false }]]);
    expect(service.writes()).toBe(4);
  });

  test("requeue --all --kind takes that kind alone", async () => {
    await running(service, ["dead-letters", "requeue", "--all", "--kind", "ehr_job"]);
    expect(service.entries.filter(({ state }) => state === "queued").map((it) => it.id)).toEqual([id(2)]);
  });

  test("requeue goes on after one that is not there: status 3, or 1 when it was the only one", async () => {
    const partly = await running(service, ["dead-letters", "requeue", id(9), id(1)]);
    expect([partly.status, partly.out]).toEqual([EXIT.partly, "1 requeued, 1 failed\n"]);
    expect(partly.err).toMatch(
      new RegExp(`^${id(9)}: outbox entry not found \\(status 404, request id stand-in-request,`),
    );
    expect((await running(service, ["dead-letters", "requeue", id(9)])).status).toBe(EXIT.failed);
  });

  test("requeue stops at what would refuse all: status 3 and what is left", async () => {
    service.interfere = (operationId) =>
      operationId === "RequeueEntry" && service.writes() > 1
        ? { status: 403, body: { code: 403, message: "not authorized" } }
        : undefined;
    const { status, out } = await running(service, ["dead-letters", "requeue", "--all", "--json"]);
    expect([status, documents(out)[0]]).toMatchObject([EXIT.partly, { requeued: 1, left: 2 }]);
  });
});

const merge = (
  phase: MergeStatusV1["phase"],
  recordsDone: number,
  fields: Partial<MergeStatusV1> = {},
): MergeStatusV1 => ({
  id: MERGE_ID,
  sourceId: id(1),
  sourceName: "North",
  targetId: CLINIC_ID,
  targetName: "Harbor",
  phase,
  recordsDone,
  recordsTotal: 20,
  requestedBy: "operator",
  createdTime: "2026-03-01T09:00:00Z",
  ...fields,
});
const show = ["merge", "show", CLINIC_ID, MERGE_ID];

describe("merge", () => {
  test("show tells how far it is", async () => {
    service.merges = [merge("moving", 7)];
    const { status, out } = await running(service, show);
    expect(status).toBe(EXIT.done);
    expect(lines(out).slice(0, 2)).toEqual(["North into Harbor: moving", "records  7 of 20"]);
    expect(documents((await running(service, [...show, "--json"])).out)).toEqual([merge("moving", 7)]);
  });

  test("show --follow --json has a line for each change until it has ended", async () => {
    service.merges = [merge("planning", 0), merge("moving", 5), merge("moving", 5), merge("done", 20)];
    const { status, out } = await running(service, [...show, "--follow", "--json"]);
    expect(status).toBe(EXIT.done);
    expect(documents(out).map((it) => [it.phase, it.recordsDone])).toEqual([
      ["planning", 0],
      ["moving", 5],
      ["done", 20],
    ]);
  });

  test("show ends with 1 for a merge that was refused, and says why", async () => {
    service.merges = [merge("refused", 0, { errors: [{ reason: "mrn-taken", message: "MRNs are taken", count: 3 }] })];
    const { status, out } = await running(service, [...show, "--follow"]);
    expect(status).toBe(EXIT.failed);
    expect(out).toContain("refused  MRNs are taken (3)");
  });

  test("show --follow ends cleanly by Ctrl-C, and says that the merge goes on", async () => {
    service.merges = [merge("moving", 5)];
    const { child, ended } = started(service, [...show, "--follow"]);
    await expect.poll(() => service.asked.length, { timeout: 20_000 }).toBeGreaterThan(1);
    child.kill("SIGINT");
    const { status, err } = await ended;
    expect([status, err]).toEqual([EXIT.interrupted, expect.stringContaining("goes on by itself")]);
    expect(err).not.toContain("at ");
  });

  test("report writes the workbook for its owner alone, and never over another file", async () => {
    const file = newPath("report.xlsx");
    const report = ["merge", "report", id(1), CLINIC_ID, "--out", file];
    expect((await running(service, report)).status).toBe(EXIT.done);
    expect(readFileSync(file).toString("latin1")).toBe("PK\u0003\u0004");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(service.asked.at(-1)).toMatchObject({ operationId: "GenerateMergeReport", body: { sourceId: id(1) } });
    writeFileSync(file, "mine");
    expect((await running(service, report)).status).toBe(EXIT.usage);
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("report --json shows the plan", async () => {
    const { out } = await running(service, ["merge", "report", id(1), CLINIC_ID, "--json"]);
    expect(documents(out)).toEqual([{ Blocking: [] }]);
  });
});

describe("tier set", () => {
  test("moves the clinic and says from where", async () => {
    const { status, out } = await running(service, ["tier", "set", CLINIC_ID, "tier0300"]);
    expect([status, out, service.clinic.tier]).toEqual([EXIT.done, "Harbor: tier0200 → tier0300\n", "tier0300"]);
  });

  test("writes nothing where the clinic is in it", async () => {
    const { status, out } = await running(service, ["tier", "set", CLINIC_ID, "tier0200"]);
    expect([status, out, service.writes()]).toEqual([EXIT.done, "Harbor is in tier0200 already\n", 0]);
  });
});

describe("ehr-settings", () => {
  const settings: EhrSettingsV1 = {
    enabled: true,
    provider: "redox",
    sourceId: "demo",
    mrnIdType: "MRN",
    procedureCodes: { enableSummaryReports: "1", disableSummaryReports: "2", createAccount: "3" },
    scheduledReports: { cadence: "14d", onUploadEnabled: false },
    tags: { codes: [] },
    flowsheets: { icode: false },
  };
  const changed = { ...settings, enabled: false, tags: { codes: ["A"] } };
  const set = (content: unknown, ...more: string[]) =>
    running(service, ["ehr-settings", "set", CLINIC_ID, "--file", givenFile(JSON.stringify(content)), ...more]);

  test("get shows what set takes, on stdout or in a file", async () => {
    service.ehrSettings = settings;
    const { out } = await running(service, ["ehr-settings", "get", CLINIC_ID]);
    expect(JSON.parse(out)).toEqual(settings);
    const file = newPath("settings.json");
    const written = await running(service, ["ehr-settings", "get", CLINIC_ID, "--file", file]);
    expect([written.out, JSON.parse(readFileSync(file, "utf8"))]).toEqual(["", settings]);
  });

  test("get of settings that were never made: status 1", async () => {
    expect((await running(service, ["ehr-settings", "get", CLINIC_ID])).status).toBe(EXIT.failed);
  });

  test("set shows what changes, then writes it", async () => {
    service.ehrSettings = settings;
    const { status, out } = await set(changed);
    expect([status, service.ehrSettings]).toEqual([EXIT.done, changed]);
    expect(lines(out)).toEqual(["enabled: true → false", 'tags.codes: [] → ["A"]']);
  });

  test("set --dry-run shows the same and writes nothing", async () => {
    service.ehrSettings = settings;
    const { status, out } = await set(changed, "--dry-run");
    expect([status, lines(out).length, service.writes()]).toEqual([EXIT.done, 2, 0]);
    const asJson = await set(changed, "--dry-run", "--json");
    expect(documents(asJson.out)[0]).toMatchObject({ isWritten: false, changes: [{ setting: "enabled" }, {}] });
  });

  test("set writes the first settings, and nothing where nothing changes", async () => {
    expect((await set(settings)).status).toBe(EXIT.done);
    expect([service.ehrSettings, service.writes()]).toEqual([settings, 1]);
    expect(await set(settings)).toMatchObject({ status: EXIT.done, out: "nothing changes\n" });
    expect(service.writes()).toBe(1);
  });

  test("set of what the service refuses: status 1", async () => {
    expect((await set({ enabled: "yes" })).status).toBe(EXIT.failed);
  });

  test("changes are told setting by setting, lists as a whole", () => {
    expect(changesBetween({ a: { b: 1, c: [1] } }, { a: { b: 2, c: [2] }, d: null })).toEqual([
      { setting: "a.b", from: 1, to: 2 },
      { setting: "a.c", from: [1], to: [2] },
      { setting: "d", from: undefined, to: null },
    ]);
  });
});
