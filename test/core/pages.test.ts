import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { description } from "../description.ts";
import { givenLinked, queryOf, view } from "../ehr/viewer.ts";
import { send } from "../harness.ts";
import { served as redox } from "../sandbox/redox-served.ts";
import { sandboxed } from "../sandbox/served.ts";
import { served as xealth } from "../sandbox/xealth-served.ts";

interface Shown {
  readonly status: number;
  readonly headers: Headers;
}
/** A file of `public/` as the platform serves it, with public/_headers. */
const asset = (path: string): Promise<Shown> => env.ASSETS.fetch(new Request(`https://clinics.test${path}`));
const linked = async () => queryOf(await givenLinked());
const FRAMED = { XEALTH_FRAME_ORIGINS: "https://ehr.test" };

const NOTHING = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const OWN = "default-src 'none'; script-src 'self'; style-src 'self'; ";
const VIEWER = `${OWN.replace("style-src", "worker-src 'self'; style-src")}connect-src 'self'; base-uri 'none'; form-action 'none'; `;
const FORMS = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Every page there is: what it is, how it is got, its status, and its whole policy. */
const PAGES: readonly [page: string, get: () => Promise<Shown>, status: number, policy: string][] = [
  ["index.html", () => asset("/"), 200, `${OWN}img-src 'self'; connect-src 'self'; ${NOTHING}`],
  [
    "docs.html",
    () => asset("/docs"),
    200,
    // The reference writes styles into its elements.
    `${OWN.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")}img-src 'self' data:; connect-src 'self'; ${NOTHING}`,
  ],
  [
    "404",
    () => send("GET", "/nothing", { headers: { accept: "text/html" } }),
    404,
    `default-src 'none'; style-src 'self'; img-src 'self'; ${NOTHING}`,
  ],
  ["ViewPDFReport", async () => view(await linked(), FRAMED), 200, `${VIEWER}frame-ancestors https://ehr.test`],
  [
    "ViewPDFReport, not in a frame",
    async () => view(await linked(), { XEALTH_FRAME_ORIGINS: "" }),
    200,
    `${VIEWER}frame-ancestors 'none'`,
  ],
  ["ViewPDFReport, refused", () => view({}, FRAMED), 400, `${VIEWER}frame-ancestors https://ehr.test`],
  ["ViewPDFReport, too often", () => tooOften(), 429, `${VIEWER}frame-ancestors https://ehr.test`],
];

/** The pages of the sandbox, which is for local development alone. */
const SANDBOX: readonly [page: string, get: () => Promise<Shown>, policy: string][] = [
  ["/sandbox/", () => sandboxed("/sandbox/"), OWN + FORMS],
  ["/sandbox/mailbox", () => sandboxed("/sandbox/mailbox"), OWN + FORMS],
  ["/sandbox/login", () => sandboxed("/sandbox/login"), OWN + FORMS],
  ["/sandbox/nothing", () => sandboxed("/sandbox/nothing"), OWN + FORMS],
  ["/sandbox/workspace", () => sandboxed("/sandbox/workspace"), `${OWN}connect-src 'self'; img-src 'self'; ${FORMS}`],
  ["/sandbox/events", () => sandboxed("/sandbox/events"), OWN + FORMS],
  ["/sandbox/redox", () => redox(""), OWN + FORMS],
  ["/sandbox/redox/messages", () => redox("/messages"), `${OWN}connect-src 'self'; ${FORMS}`],
  ["/sandbox/xealth", () => xealth(""), `${OWN}connect-src 'self'; frame-src 'self'; ${FORMS}`],
];

const ADDRESS = { "cf-connecting-ip": "192.0.2.200" };
async function tooOften(): Promise<Shown> {
  const ask = () => view({}, { ...FRAMED, LIMIT_ADDRESS: "1" }, { headers: ADDRESS });
  await ask();
  return ask();
}

describe("every page", () => {
  test.each(PAGES)("%s: may load and do what is named, nothing else", async (_, get, status, policy) => {
    const shown = await get();
    expect([shown.status, shown.headers.get("content-security-policy")]).toEqual([status, policy]);
    const { headers } = shown;
    expect(headers.get("content-type")?.toLowerCase()).toBe("text/html; charset=utf-8");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("strict-transport-security")).toBe("max-age=15552000; includeSubDomains");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    const isFramed = policy.endsWith("https://ehr.test");
    if (isFramed) expect(headers.get("x-frame-options")).toBeNull();
  });

  test.each(SANDBOX)("%s", async (_, get, policy) => {
    const { headers } = await get();
    expect(headers.get("content-security-policy")).toBe(policy);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("is listed here: each file, and each operation that answers with a page", () => {
    const files = Object.keys(import.meta.glob(["../../public/**/*.html"], { query: "?raw" }));
    const operations = Object.values(description.paths ?? {})
      .flatMap((path) => Object.values(path as Record<string, any>))
      .filter(({ responses }) => Object.values<any>(responses).some(({ content }) => content?.["text/html"]))
      .map(({ operationId }) => operationId as string);
    const names = [...files.map((file) => file.slice(file.lastIndexOf("/") + 1)), ...operations];
    expect(names.toSorted()).toEqual(["ViewPDFReport", "docs.html", "index.html"]);
    for (const name of names) expect(PAGES.map(([page]) => page)).toContain(name);
  });

  test("no policy lets a script stand in a page, be made of a text, or come from elsewhere", () => {
    for (const policy of [...PAGES.map((it) => it[3]), ...SANDBOX.map((it) => it[2])]) {
      expect(policy).toMatch(/^default-src 'none'; /);
      expect(policy).not.toMatch(/script-src (?!'self';)|unsafe-eval|\*|http:/);
      for (const directive of ["base-uri", "form-action", "frame-ancestors"]) expect(policy).toContain(directive);
    }
  });
});

describe("every other file", () => {
  test.each([
    ["/icon.svg", "image/svg+xml", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"],
    [
      "/v1/xealth/report/viewer.js",
      "text/javascript",
      "default-src 'none'; connect-src 'self'; frame-ancestors 'none'",
    ],
    ["/v1/xealth/report/viewer.css", "text/css", "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"],
    ["/openapi.json", "application/json", null],
    ["/pages.css", "text/css", null],
    ["/start.js", "text/javascript", null],
  ])("%s is what it says, and is opened by itself without harm", async (path, type, policy) => {
    const { status, headers } = await asset(path);
    expect([status, headers.get("content-type")?.split(";", 1)[0]]).toEqual([200, type]);
    expect(headers.get("content-security-policy")).toBe(policy);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("strict-transport-security")).toBe("max-age=15552000; includeSubDomains");
    expect(headers.get("permissions-policy")).toMatch(/^camera=\(\), /);
  });
});
