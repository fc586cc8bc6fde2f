import type { Command } from "commander";
import { type Client, ClinicsError } from "../client/index.ts";
import { type Connecting, connect } from "./connection.ts";
import { type ExitStatus, Failure, misused } from "./exit-status.ts";
import type { Io } from "./io.ts";

/** What commands are added with. */
export interface Surroundings {
  readonly io: Io;
  readonly ended: (status: ExitStatus) => void;
}

/** What a command works with. */
export interface Work {
  readonly client: Client;
  readonly io: Io;
  readonly isJson: boolean;
}

/** An action of commander: connects, does the work, and tells with what it ended. Options come last, then the command. */
export const action =
  <A extends unknown[]>({ io, ended }: Surroundings, work: (work: Work, ...given: A) => Promise<ExitStatus>) =>
  async (...all: unknown[]): Promise<void> => {
    const command = all.at(-1) as Command;
    const connecting = command.optsWithGlobals<Connecting>();
    const given = all.slice(0, -1) as A;
    const { client, url } = connect(connecting, io);
    try {
      ended(await work({ client, io, isJson: connecting.json ?? false }, ...given));
    } catch (error) {
      const isUnreached = error instanceof ClinicsError && (error.code === "network" || error.code === "timeout");
      throw isUnreached ? new Failure(`${error.message} at ${url}`) : error;
    }
  };

const OBJECT_ID = /^[0-9a-f]{24}$/;

/** An argument that is the id of a clinic, a merge or an entry: 24 hex digits. */
export function idArgument(value: string): string {
  if (!OBJECT_ID.test(value))
    throw misused("ids have 24 digits and letters from a to f, such as 65f0c1d2e3a4b5c6d7e8f901");
  return value;
}

/** The same of one or several. */
export const idArguments = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  idArgument(value),
];
