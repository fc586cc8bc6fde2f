import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** The exit status of a command that was called with something it does not understand. */
const USAGE_ERROR = 2;

/**
 * The options a command was called with. `--help` prints the usage and ends the process with 0; an option that is
 * unknown or lacks its value ends it with 2.
 */
export function commandLine<const O extends ParseArgsOptionsConfig>(usage: string, options: O) {
  const config = { options: { ...options, help: { type: "boolean", short: "h" } }, allowPositionals: false } as const;
  let parsed: ReturnType<typeof parseArgs<typeof config>>;
  try {
    parsed = parseArgs(config);
  } catch (error) {
    // Node goes on to explain how an argument could begin with a dash: none of ours does.
    const [problem = ""] = (error instanceof Error ? error.message : String(error)).split(/\. (?:To|This) |\n/);
    return refuse(problem, usage);
  }
  if ((parsed.values as { help?: boolean }).help) {
    console.log(usage);
    process.exit(0);
  }
  return parsed.values;
}

/** Ends the process: what was asked for can't be understood. */
export function refuse(message: string, usage: string): never {
  console.error(`${message}\n\n${usage}`);
  process.exit(USAGE_ERROR);
}

/** Ends the process: what was asked for can't be done now. */
export function giveUp(message: string): never {
  console.error(message);
  process.exit(1);
}

/** The whole number an option gives, within its bounds, or the number it stands for when it is not given. */
export function wholeNumber(
  option: string,
  given: string | undefined,
  { fallback, min, max, usage }: { fallback: number; min: number; max: number; usage: string },
): number {
  if (given === undefined) return fallback;
  const value = Number(given);
  if (!/^\d+$/.test(given) || value < min || value > max) {
    return refuse(`--${option} takes a whole number from ${min} to ${max}`, usage);
  }
  return value;
}
