import { closeSync, existsSync, globSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutboxEntryV1 } from "../client/index.ts";
import { connect } from "./connection.ts";
import { EXIT } from "./exit-status.ts";
import { givenFile, newPath, running, started } from "./running.ts";
import { CLINIC_ID, type StandIn, standIn, TOKEN } from "./stand-in.ts";

const SETTINGS = JSON.stringify({
  enabled: true,
  provider: "redox",
  sourceId: "s",
  mrnIdType: "MRN",
  procedureCodes: {},
  scheduledReports: { cadence: "7d", onUploadEnabled: false },
  tags: {},
  flowsheets: { icode: false },
});

/** A mail that was given up. */
const entry = (n: number) =>
  ({ id: String(n).padStart(24, "0"), kind: "claim", state: "failed", attempts: 5 }) as unknown as OutboxEntryV1;

let service: StandIn;
beforeEach(async () => {
  service = await standIn();
});
afterEach(() => service.close());

const COMMANDS: readonly (readonly string[])[] = [
  [],
  ["dead-letters"],
  ["dead-letters", "list"],
  ["dead-letters", "show"],
  ["dead-letters", "requeue"],
  ["merge"],
  ["merge", "show"],
  ["merge", "report"],
  ["tier"],
  ["tier", "set"],
  ["ehr-settings"],
  ["ehr-settings", "get"],
  ["ehr-settings", "set"],
  ["patients"],
  ["patients", "import"],
  ["audit"],
  ["audit", "days"],
  ["audit", "export"],
  ["audit", "verify"],
];

describe("--help", () => {
  test.each(COMMANDS.map((command) => [command.join(" "), command] as const))(
    "of `clinics %s` is on stdout, with status 0 and without a request",
    async (name, command) => {
      const { status, out, err } = await running(service, [...command, "--help"]);
      expect([status, err, service.asked]).toEqual([EXIT.done, "", []]);
      expect(out).toMatch(new RegExp(`^Usage: clinics${name === "" ? "" : ` ${name}`} `));
      expect(out).toContain("--token-file");
    },
  );

  test("of the program lists every command and status", async () => {
    const { out } = await running(service, ["--help"]);
    for (const [group] of COMMANDS.slice(1)) expect(out).toContain(`\n  ${group} `);
    for (const status of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^ +${status} +\\w`, "m"));
  });
});

test("docs/command-line.md has every command and status, and no other", () => {
  const guide = readFileSync(path.join(import.meta.dirname, "../docs/command-line.md"), "utf8");
  const shown = [...guide.matchAll(/^npx clinics ([a-z-]+ [a-z-]+)/gm)].map(([, command]) => command);
  expect(new Set(shown)).toEqual(new Set(COMMANDS.filter(({ length }) => length === 2).map((it) => it.join(" "))));
  const statuses = [...guide.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status));
  expect(statuses).toEqual(Object.values(EXIT));
});

describe("a command line that can't be understood", () => {
  test.each([
    ["an unknown command", ["tiers"]],
    ["an unknown option", ["tier", "set", CLINIC_ID, "tier0100", "--force"]],
    ["a missing argument", ["tier", "set", CLINIC_ID]],
    ["one argument too many", ["tier", "set", CLINIC_ID, "tier0100", "x"]],
    ["a tier that is none", ["tier", "set", CLINIC_ID, "gold"]],
    ["an id that is none", ["tier", "set", "harbor", "tier0100"]],
    ["no id and no --all", ["dead-letters", "requeue"]],
    ["ids and --all", ["dead-letters", "requeue", CLINIC_ID, "--all"]],
    ["--kind without --all", ["dead-letters", "requeue", CLINIC_ID, "--kind", "x"]],
    ["a report without a file", ["merge", "report", CLINIC_ID, CLINIC_ID]],
    ["settings that are no file", ["ehr-settings", "set", CLINIC_ID, "--file", "/nothing/there.json"]],
    ["settings that are no JSON", ["ehr-settings", "set", CLINIC_ID, "--file", givenFile("{secret")]],
    ["patients that are no file", ["patients", "import", CLINIC_ID, "--file", "/nothing/there.csv"]],
    ["two tokens", ["--token", "a", "--token-file", givenFile("b"), "dead-letters", "list"]],
    ["a file of a token that is not there", ["--token-file", "/nothing", "dead-letters", "list"]],
    ["an address that is none", ["--url", "clinics", "dead-letters", "list"]],
    ["an address that is not encrypted", ["--url", "http://clinics.example", "dead-letters", "list"]],
    ["an address with a password", ["--url", "https://op:word@clinics.example", "dead-letters", "list"]],
  ])("%s: status 2, one line, no request", async (_, args) => {
    const { status, out, err } = await running(service, args);
    expect([status, out, service.asked]).toEqual([EXIT.usage, "", []]);
    expect(err).toMatch(/^clinics: [^\n]+\n$/);
    expect(err).not.toMatch(/secret|error:/);
  });

  test("no address or no token: status 2", async () => {
    const list = ["dead-letters", "list"];
    expect(await running(service, list, { CLINICS_URL: undefined })).toMatchObject({ status: EXIT.usage });
    expect(await running(service, list, { CLINICS_TOKEN: undefined })).toMatchObject({ status: EXIT.usage });
  });
});

describe("where and as whom", () => {
  const list = ["dead-letters", "list"];
  test.each([
    ["the environment", [], {}],
    ["--token-file, without its line break", ["--token-file", givenFile(`${TOKEN}\n`)], { CLINICS_TOKEN: "other" }],
    ["--token", ["--token", TOKEN], { CLINICS_TOKEN: "other" }],
  ])("%s", async (_, args, env) => {
    expect(await running(service, [...args, ...list], env)).toMatchObject({ status: EXIT.done });
    // Options of the program may stand behind the command, too.
    expect(await running(service, [...list, ...args], env)).toMatchObject({ status: EXIT.done });
  });

  test("an address may end with /v1 or a slash", async () => {
    for (const end of ["/", "/v1", "/v1/"]) {
      expect(await running(service, [...list, "--url", service.url + end])).toMatchObject({ status: EXIT.done });
    }
  });

  test("--local is this machine, whatever service the environment names", () => {
    const given = { local: true, state: newPath("state") };
    for (const CLINICS_URL of ["https://clinics.example", "", undefined]) {
      expect(connect(given, { env: { CLINICS_URL } }).url).toBe("http://localhost:8787");
    }
    expect(connect({ ...given, url: service.url }, { env: {} }).url).toBe(service.url);
  });

  test.each([
    ["--url", ["--url", "clinics"], {}],
    ["CLINICS_URL", [], { CLINICS_URL: "http://clinics.example" }],
  ])("what is wrong with an address is said of %s", async (name, args, env) => {
    expect((await running(service, [...list, ...args], env)).err).toMatch(new RegExp(`^clinics: ${name} takes an`));
  });

  test("a token is never shown", async () => {
    const { err } = await running(service, list, { CLINICS_TOKEN: "secret-token" });
    expect(err).toContain("status 401");
    expect(err).not.toContain("secret-token");
  });
});

describe("what goes wrong", () => {
  test("at the service is one line with its request id: status 1", async () => {
    const { status, out, err } = await running(service, ["tier", "set", "0".repeat(24), "tier0100"]);
    expect([status, out]).toEqual([EXIT.failed, ""]);
    expect(err).toBe(
      "clinics: clinic not found (status 404, request id stand-in-request, GET /v1/clinics/{clinicId})\n",
    );
  });

  test("when nobody answers is one line: status 1", async () => {
    await service.close();
    const { status, err } = await started(service, ["dead-letters", "list"]).ended;
    expect(status).toBe(EXIT.failed);
    expect(err).toBe(`clinics: the service could not be reached at ${service.url}\n`);
  });

  test("is told without control characters of the service", async () => {
    service.interfere = () => ({ status: 409, body: { code: 409, message: "one\n\u001b[31mtwo" } });
    expect((await running(service, ["tier", "set", CLINIC_ID, "tier0100"])).err).toMatch(
      /^clinics: one \[31mtwo .*\n$/,
    );
  });
});

describe("as a process", () => {
  test("it ends with the status, and stdout is JSON alone", async () => {
    const { status, out, err } = await started(service, ["tier", "set", CLINIC_ID, "tier0300", "--json"]).ended;
    expect([status, err]).toEqual([EXIT.done, ""]);
    expect(JSON.parse(out)).toEqual({ clinicId: CLINIC_ID, before: "tier0200", tier: "tier0300" });
    expect((await started(service, ["tier", "set"]).ended).status).toBe(EXIT.usage);
  });

  test("it is what npm ci has built as well, in one file that needs no package", async () => {
    const built = path.join(import.meta.dirname, "../build/client/clinics.js");
    const { status, out, err } = await started(service, ["--help"], { program: built }).ended;
    expect([status, err, out]).toEqual([EXIT.done, "", expect.stringMatching(/^Usage: clinics /)]);
    const imported = [...readFileSync(built, "utf8").matchAll(/^import .* from "([^"]+)"/gm)].map(([, from]) => from);
    expect(imported.filter((from) => !from!.startsWith("node:"))).toEqual([]);
  });

  test("ended by Ctrl-C while it asks, it says so in a line: status 130", async () => {
    service.interfere = () => new Promise(() => {});
    const { child, ended } = started(service, ["dead-letters", "list"]);
    await expect.poll(() => service.asked.length, { timeout: 20_000 }).toBe(1);
    child.kill("SIGINT");
    const { status, err } = await ended;
    expect([status, err]).toEqual([EXIT.interrupted, "clinics: ended by Ctrl-C; the same command can be run again\n"]);
  });

  test("it goes on when nobody reads its answer or its remarks", async () => {
    service.entries = [entry(1), entry(2)];
    const unread = (of: Parameters<typeof started>[2]) =>
      started(service, ["dead-letters", "requeue", entry(1).id, "f".repeat(24), entry(2).id], of).ended;
    for (const of of [{ stdout: "closed" }, { stderr: "closed" }, { stdout: "closed", stderr: "closed" }] as const) {
      service.entries = [entry(1), entry(2)];
      const { status } = await unread(of);
      expect([of, status, service.entries.map(({ state }) => state)]).toEqual([of, EXIT.partly, ["queued", "queued"]]);
    }
  });

  test.runIf(existsSync("/dev/full"))("it says that its answer could not be written: status 3", async () => {
    const stdout = openSync("/dev/full", "w");
    service.ehrSettings = undefined;
    const file = givenFile(SETTINGS);
    service.interfere = (id) => (id === "UpdateEHRSettings" ? { body: {} } : undefined);
    const { status, err } = await started(service, ["ehr-settings", "set", CLINIC_ID, "--file", file], { stdout })
      .ended;
    closeSync(stdout);
    expect([status, err]).toEqual([EXIT.partly, "written\nclinics: the answer could not be written (ENOSPC)\n"]);
    expect(service.writes()).toBe(1);
  });

  test("ended by Ctrl-C while it writes, what is under way is finished", async () => {
    for (const [args, operation] of [
      [["tier", "set", CLINIC_ID, "tier0300"], "UpdateTier"],
      [["ehr-settings", "set", CLINIC_ID, "--file", givenFile(SETTINGS)], "UpdateEHRSettings"],
      [["dead-letters", "requeue", entry(1).id], "RequeueEntry"],
    ] as const) {
      let [begun, done] = [false, false];
      service.entries = [entry(1)];
      service.interfere = async (id) => {
        if (id !== operation) return undefined;
        begun = true;
        await new Promise((resolve) => setTimeout(resolve, 300));
        done = true;
        return { status: id === "RequeueEntry" ? 204 : 200, ...(id !== "RequeueEntry" && { body: {} }) };
      };
      const { child, ended } = started(service, args);
      await expect.poll(() => begun, { timeout: 20_000 }).toBe(true);
      child.kill("SIGINT");
      expect([operation, (await ended).status, done]).toEqual([operation, EXIT.done, true]);
    }
  });

  test("it writes no bar and no colour where there is no terminal", async () => {
    const { out, err } = await started(service, ["merge", "report", CLINIC_ID, CLINIC_ID, "--out", newPath("a.xlsx")])
      .ended;
    expect(out + err).not.toMatch(/\u001b|█|\r/);
  });
});

test("the program imports nothing of the service but its comparison of names: it has what callers have", () => {
  const files = globSync("**/*.ts", { cwd: import.meta.dirname });
  expect(files.length).toBeGreaterThan(15);
  for (const file of files) {
    const text = readFileSync(path.join(import.meta.dirname, file), "utf8");
    const others = text.replace(' from "../../src/platform/text/comparison-key.ts"', "");
    expect(others, file).not.toMatch(/from "(?:\.\.\/)+(?:src|sandbox|bench|test)\//);
  }
});
