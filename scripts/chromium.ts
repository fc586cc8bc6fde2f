import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const USUAL_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-sync",
  "--no-first-run",
];

const executablePath = process.env.CHROMIUM || USUAL_PLACES.find((place) => existsSync(place));

/** Whether there is a Chromium: at one of the usual places, or where the environment variable CHROMIUM says. */
export const hasChromium = executablePath !== undefined && existsSync(executablePath);

export const startChromium = (): Promise<Browser> => chromium.launch({ executablePath, args: FLAGS });
