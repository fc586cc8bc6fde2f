import type { Tenancy } from "../../../platform/auth/tenants.ts";
import { mapped } from "../../../platform/db/read.ts";
import { unknownSet } from "../refusals.ts";
import { rolesOverOwner, rolesOverSet } from "./permissions-read.ts";

/** The owner of data whom a path names: people have the roles there that the owner grants them. */
export const dataOwners: Tenancy = { param: "userId", rolesIn: rolesOverOwner };

/** The owner of the data set that a path names. An unknown set is refused before anything else is decided. */
export const ownersOfSets: Tenancy = {
  param: "dataSetId",
  rolesIn: (setId, callerId, tell) =>
    mapped(rolesOverSet(setId, callerId), (found) => {
      if (!found) throw unknownSet(setId);
      tell({ clinicId: null, patientId: found.ownerId });
      return found.roles;
    }),
};
