// zod's generators of JSON schemas: every type of schema refers to them, nothing in the Worker calls them, and they are 19 KB.
// scripts/as-deployed.ts puts this in the place of both of zod's modules.
function notDeployed() {
  throw new Error("a deployed Worker does not generate JSON schemas");
}

export const createStandardJSONSchemaMethod = () => notDeployed;
export const createToJSONSchemaMethod = () => notDeployed;

export {
  notDeployed as aggregateChecks,
  notDeployed as anyProcessor,
  notDeployed as arrayProcessor,
  notDeployed as bigintProcessor,
  notDeployed as booleanProcessor,
  notDeployed as catchProcessor,
  notDeployed as customProcessor,
  notDeployed as dateProcessor,
  notDeployed as defaultProcessor,
  notDeployed as enumProcessor,
  notDeployed as fileProcessor,
  notDeployed as functionProcessor,
  notDeployed as intersectionProcessor,
  notDeployed as lazyProcessor,
  notDeployed as literalProcessor,
  notDeployed as mapProcessor,
  notDeployed as nanProcessor,
  notDeployed as neverProcessor,
  notDeployed as nonoptionalProcessor,
  notDeployed as nullProcessor,
  notDeployed as nullableProcessor,
  notDeployed as numberProcessor,
  notDeployed as objectProcessor,
  notDeployed as optionalProcessor,
  notDeployed as pipeProcessor,
  notDeployed as prefaultProcessor,
  notDeployed as promiseProcessor,
  notDeployed as readonlyProcessor,
  notDeployed as recordProcessor,
  notDeployed as setProcessor,
  notDeployed as stringProcessor,
  notDeployed as successProcessor,
  notDeployed as symbolProcessor,
  notDeployed as templateLiteralProcessor,
  notDeployed as transformProcessor,
  notDeployed as tupleProcessor,
  notDeployed as undefinedProcessor,
  notDeployed as unionProcessor,
  notDeployed as unknownProcessor,
  notDeployed as voidProcessor,
};
