import { shortDigest } from "../../../platform/core/states.ts";
import type { WholeClinic } from "./store.ts";

/**
 * The version, which every change of the clinic and of its labels and members counts up, and when it was changed: a database
 * that was restored to an earlier minute counts on from there.
 */
const versionText = ({ clinic: { version, updatedAt } }: WholeClinic): string => `${version}.${updatedAt}.`;

/** Says what a clinic's answer is made of: the version, and the answer, for numbers of patients change without it. */
export const stateOfClinic = async (it: WholeClinic, body: Uint8Array<ArrayBuffer>): Promise<string> =>
  versionText(it) + (await shortDigest(body));

/** Whether a state is of the clinic's version, whatever the numbers of patients were. */
export const isOfVersion = (state: string, it: WholeClinic): boolean => state.startsWith(versionText(it));
