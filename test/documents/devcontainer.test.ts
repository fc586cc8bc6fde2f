import { expect, test } from "vitest";
import manifest from "../../package.json";

const [text = ""] = Object.values(
  import.meta.glob<string>(["../../.devcontainer/devcontainer.json"], {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);
const [readme = ""] = Object.values(
  import.meta.glob<string>(["../../README.md"], { query: "?raw", import: "default", eager: true }),
);

test("the development container installs on a Node that is new enough, and forwards the server's port", () => {
  const container = JSON.parse(text) as Record<string, unknown>;
  expect(Object.keys(container)).toEqual(["name", "image", "postCreateCommand", "forwardPorts", "portsAttributes"]);
  const major = Number(
    /^mcr\.microsoft\.com\/devcontainers\/javascript-node:(\d+)-bookworm$/.exec(String(container.image))?.[1],
  );
  const newest = Number(/>=(\d+)/.exec(manifest.engines.node)?.[1]);
  expect(major).toBeGreaterThanOrEqual(newest);
  expect(container.postCreateCommand).toBe("npm ci");
  const port = Number(/npm run dev .*http:\/\/localhost:(\d+)/.exec(readme)?.[1]);
  expect(container.forwardPorts).toEqual([port]);
  expect(Object.keys(container.portsAttributes as object)).toEqual([String(port)]);
});
