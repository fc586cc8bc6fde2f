// Hono's other routers, which the application does not choose: the fastest can't tell our paths apart, and without it there is
// nothing to choose between. scripts/as-deployed.ts puts this in the place of these modules.
class NotDeployed {
  constructor() {
    throw new Error("the application names its router");
  }
}

export { NotDeployed as RegExpRouter, NotDeployed as SmartRouter };
