import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { ClinicsError, type EhrSettingsV1, getEhrSettings, updateEhrSettings } from "../client/index.ts";
import { action, idArgument, type Surroundings, type Work } from "./command.ts";
import { EXIT, misused } from "./exit-status.ts";
import { json } from "./io.ts";
import { writeWhole } from "./whole-file.ts";

const FILE_BYTES_MAX = 1_048_576;

export function addEhrSettings(program: Command, surroundings: Surroundings): void {
  const settings = program.command("ehr-settings").description("how a clinic is connected to its EHR");
  settings
    .command("get")
    .description("shows the settings, or writes them to a file that `set` takes")
    .argument("<clinicId>", "the clinic", idArgument)
    .option("--file <file>", "where to write them; must not exist")
    .action(
      action<[string, { file?: string }]>(surroundings, async ({ client, io, isJson }, clinicId, { file }) => {
        const found = await getEhrSettings({ client, path: { clinicId }, signal: io.stop });
        const text = `${JSON.stringify(found, null, 2)}\n`;
        if (file !== undefined) {
          writeWhole(file, text);
          io.err(`written to ${file}\n`);
        }
        if (isJson) io.out(json(found));
        else if (file === undefined) io.out(text);
        return EXIT.done;
      }),
    );
  settings
    .command("set")
    .description("replaces the settings by those of a file, after showing what changes")
    .argument("<clinicId>", "the clinic", idArgument)
    .requiredOption("--file <file>", "all settings as JSON, as `get` shows them; - reads them from stdin")
    .option("--dry-run", "shows what would change, and changes nothing")
    .action(action<[string, { file: string; dryRun?: boolean }]>(surroundings, setSettings));
}

async function setSettings(
  { client, io, isJson }: Work,
  clinicId: string,
  { file, dryRun = false }: { file: string; dryRun?: boolean },
) {
  const body = readSettings(file);
  const path = { clinicId };
  const before = await getEhrSettings({ client, path, signal: io.stop }).catch((error: unknown) => {
    if (error instanceof ClinicsError && error.status === 404) return {};
    throw error;
  });
  const changes = changesBetween(before, body);
  if (!isJson) for (const { setting, from, to } of changes) io.out(`${setting}: ${shown(from)} → ${shown(to)}\n`);
  const isWritten = changes.length > 0 && !dryRun;
  if (isWritten) await updateEhrSettings({ client, path, body });
  if (isJson) io.out(json({ clinicId, isWritten, changes }));
  else if (changes.length === 0) io.out("nothing changes\n");
  else io.err(isWritten ? "written\n" : "dry run: nothing was written\n");
  return EXIT.done;
}

/** The file is JSON; what the settings may be, the service decides. */
function readSettings(file: string): EhrSettingsV1 {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw misused("--file takes a file that can be read");
  }
  if (text.length > FILE_BYTES_MAX) throw misused("the file is too large for settings");
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as EhrSettingsV1;
  } catch {
    // Said below: the message of the parser quotes the file.
  }
  throw misused("the file is not a JSON object");
}

export interface SettingChange {
  readonly setting: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** What differs, setting by setting; lists as a whole. */
export function changesBetween(from: unknown, to: unknown, setting = ""): SettingChange[] {
  if (isMap(from) && isMap(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => changesBetween(from[name], to[name], setting === "" ? name : `${setting}.${name}`));
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ setting, from, to }];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => (value === undefined ? "(absent)" : JSON.stringify(value));
