import type { Settings } from "../core/settings.ts";
import type { UserDirectory } from "./directory.ts";
import { httpDirectory } from "./http-directory.ts";
import { ownDirectory } from "./own-directory-store.ts";

/** Where this deployment keeps the accounts of people. */
export const directoryOf = ({ accountService }: Settings): UserDirectory =>
  accountService ? httpDirectory(accountService) : ownDirectory;
