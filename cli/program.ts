import { Command, CommanderError, Option } from "commander";
import { addAudit } from "./audit.ts";
import { addDeadLetters } from "./dead-letters.ts";
import { addEhrSettings } from "./ehr-settings.ts";
import { EXIT, type ExitStatus } from "./exit-status.ts";
import { inOneLine, statusOf } from "./failures.ts";
import { type Io, onOneLine } from "./io.ts";
import { addMerge } from "./merge.ts";
import { addPatients } from "./patients/command.ts";
import { addTier } from "./tier.ts";

const HELP = `
Where and as whom:
  CLINICS_URL and CLINICS_TOKEN, or the options above. A token in the arguments can be seen by everybody on
  this machine: the environment, --token-file and --local keep it to you.

Exit status:
  0    done
  1    refused or failed: nothing was changed
  2    not understood: the command line, or a file that it names
  3    partly done: the output says what is not
  130  ended by Ctrl-C: the last line says how to go on

Answers are on stdout, everything else on stderr. With --json stdout has one JSON document, or one a line
where a command lists or follows something.`;

/** The program with its commands; `ended` is told with what a command ended. */
function programOf(io: Io, ended: (status: ExitStatus) => void): Command {
  const program = new Command("clinics")
    .description(
      "Operates a Clinics Edge service: what was given up, merges, settings, imports of patients, the audit trail.",
    )
    .addOption(new Option("--url <url>", "where the service is, such as https://clinics.example"))
    .addOption(
      new Option("--token <token>", "the session token of a service, or of a member where a command lets them"),
    )
    .addOption(new Option("--token-file <file>", "a file that holds the token"))
    .addOption(new Option("--local", "the local server of this checkout (http://localhost:8787 unless --url is given)"))
    .addOption(new Option("--state <dir>", "with --local: the state directory of the server"))
    .addOption(new Option("--json", "answers as JSON, for scripts"))
    .addHelpText("after", HELP)
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (text, write) => write(`${onOneLine(text.trim().replace(/^error: /, "clinics: "))}\n`),
      getErrHasColors: () => false,
      getOutHasColors: () => false,
    });
  const surroundings = { io, ended };
  addDeadLetters(program, surroundings);
  addMerge(program, surroundings);
  addTier(program, surroundings);
  addEhrSettings(program, surroundings);
  addPatients(program, surroundings);
  addAudit(program, surroundings);
  for (const group of program.commands) group.helpCommand(false);
  return program;
}

/** Runs the program with its arguments; the status it ends with. Everything that goes wrong is one line on stderr. */
export async function run(args: readonly string[], io: Io): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.done;
  const program = programOf(io, (ended) => (status = ended));
  try {
    await program.parseAsync(args, { from: "user" });
    return status;
  } catch (error) {
    const ending = statusOf(error);
    if (io.stop.aborted && ending === EXIT.failed) {
      io.err("clinics: ended by Ctrl-C; the same command can be run again\n");
      return EXIT.interrupted;
    }
    // Commander has written its own.
    if (!(error instanceof CommanderError)) io.err(`clinics: ${inOneLine(error)}\n`);
    return ending;
  }
}
