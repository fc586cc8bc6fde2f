const input = "../../public/openapi.json";

export default {
  client: { input, output: { target: "generated/orval.ts", client: "fetch", mode: "single" } },
  zod: { input, output: { target: "generated/orval-zod.ts", client: "zod", mode: "single" } },
};
