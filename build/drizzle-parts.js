// What drizzle's SQL for SQLite names of other databases' columns and of relational queries. No statement of ours has any of
// them, and they are 8 KB of the bundle. scripts/as-deployed.ts puts this in the place of these modules.
function notDeployed() {
  throw new Error("a deployed Worker makes no relational queries");
}

export const isPgEnum = () => false;

export {
  notDeployed as getOperators,
  notDeployed as getOrderByOperators,
  notDeployed as Many,
  notDeployed as normalizeRelation,
  notDeployed as One,
};
