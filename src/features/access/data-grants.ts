import type { Grant } from "../../platform/auth/access.ts";

/**
 * What a person may do with the data of an owner: `root` with their own; with another's what the owner grants a clinic they
 * work in, whatever their role in it, and what the owner grants them. The widest wins.
 */
export type DataRole = "root" | "custodian" | "view" | "upload" | "note";

const withRole = (level: string, roles: readonly DataRole[]): Grant => ({ by: "role", level, roles });

/** Who may see the owner's data. */
export const viewer = withRole("viewers of the data", ["root", "view"]);
/** Who may add to the owner's data. */
export const uploader = withRole("uploaders of the data", ["root", "upload"]);
/** Who may see which data sets there are. */
export const anyRelation = withRole("custodians, uploaders and viewers of the data", [
  "root",
  "custodian",
  "upload",
  "view",
]);
/** Who may delete a data set; of an uploader only their own, which the object decides. */
export const remover = withRole("custodians and uploaders of the data", ["root", "custodian", "upload"]);
