import { shortDigest } from "../../../platform/core/states.ts";
import type { WholeClinic } from "./store.ts";

/**
 * Says what a clinic's answer is made of: the version, which every change of the clinic and of its labels and members counts
 * up, and the answer itself, for the numbers of patients beside them change without it.
 */
export const stateOfClinic = async ({ clinic }: WholeClinic, body: Uint8Array<ArrayBuffer>): Promise<string> =>
  `${clinic.version}.${await shortDigest(body)}`;

/** Whether a state is of the clinic's version, whatever the numbers of patients were. */
export const isOfVersion = (state: string, { clinic }: WholeClinic): boolean =>
  state.split(".", 1)[0] === String(clinic.version);
