// What the Worker uses of this package: marks on schemas, and the registry of routes. What generates the description is left
// out, which is 6 KB of the bundle: `npm run openapi` does that, not a deployed Worker. scripts/as-deployed.ts puts this in the
// place of the package.
export {
  extendZodWithOpenApi,
  getOpenApiMetadata,
  getRefId,
  OpenAPIRegistry,
} from "../node_modules/@asteasolutions/zod-to-openapi/dist/index.mjs";

class NotDeployed {
  constructor() {
    throw new Error("a deployed Worker does not generate its description");
  }
}

export { NotDeployed as OpenApiGeneratorV3, NotDeployed as OpenApiGeneratorV31 };
