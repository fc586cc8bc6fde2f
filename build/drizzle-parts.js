// What drizzle's SQL for SQLite names of other databases' columns, of relational queries, of kinds of columns and of constraints, which
// the migrations have. No table and no statement of ours has any of them, and they are 14 KB of the bundle. scripts/as-deployed.ts puts
// this in the place of these modules.
function notDeployed() {
  throw new Error("a deployed Worker makes no relational queries, and has columns of integers, reals and texts alone");
}

export const isPgEnum = () => false;
/** Each column asks for the name that a unique one would have. */
export const uniqueKeyName = () => "";

export {
  notDeployed as blob,
  notDeployed as customType,
  notDeployed as ForeignKeyBuilder,
  notDeployed as getOperators,
  notDeployed as getOrderByOperators,
  notDeployed as Many,
  notDeployed as normalizeRelation,
  notDeployed as numeric,
  notDeployed as One,
};
