import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { directory } from "./trial.ts";

const USUAL_PLACES = ["/usr/bin/soffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice"];
const OPENED_WITHIN_MS = 120_000;

/** LibreOffice on the PATH, at one of the usual places, or where the environment variable SOFFICE says. */
export function libreOffice(): string | undefined {
  const onPath = (process.env.PATH ?? "").split(path.delimiter).map((place) => path.join(place, "soffice"));
  const places = process.env.SOFFICE ? [process.env.SOFFICE] : [...onPath, ...USUAL_PLACES];
  return places.find((place) => existsSync(place));
}

/** Has LibreOffice open a file, with these settings of its import if any, and save it in another form in this directory. */
export function convert(
  soffice: string,
  { file, to, into, opening }: { file: string; to: string; into: string; opening?: string },
): void {
  const profile = pathToFileURL(path.join(directory, "profile")).href;
  const settings = opening === undefined ? [] : [`--infilter=${opening}`];
  const args = [
    `-env:UserInstallation=${profile}`,
    "--headless",
    ...settings,
    "--convert-to",
    to,
    "--outdir",
    into,
    file,
  ];
  const { status, stderr, error } = spawnSync(soffice, args, { encoding: "utf8", timeout: OPENED_WITHIN_MS });
  if (error) throw error;
  if (status !== 0) throw new Error(`soffice ended with ${status}: ${stderr}`);
}
