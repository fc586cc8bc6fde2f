// What drizzle's SQL for SQLite names of other databases' columns, of relational queries, and of kinds of columns. No table and no
// statement of ours has any of them, and they are 11 KB of the bundle. scripts/as-deployed.ts puts this in the place of these modules.
function notDeployed() {
  throw new Error("a deployed Worker makes no relational queries, and has columns of integers, reals and texts alone");
}

export const isPgEnum = () => false;

export {
  notDeployed as blob,
  notDeployed as customType,
  notDeployed as getOperators,
  notDeployed as getOrderByOperators,
  notDeployed as Many,
  notDeployed as normalizeRelation,
  notDeployed as numeric,
  notDeployed as One,
};
