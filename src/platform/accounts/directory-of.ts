import type { Settings } from "../core/settings.ts";
import type { UserDirectory } from "./directory.ts";
import { httpDirectory } from "./http-directory.ts";
import { ownDirectory } from "./own-directory-store.ts";

/** The user directory of this deployment: the configured account service, or our own table. */
export const directoryOf = ({ accountService }: Settings): UserDirectory =>
  accountService ? httpDirectory(accountService) : ownDirectory;
