import { expect, test } from "vitest";
import { operations } from "../../src/entry/operations.ts";
import type { Grant } from "../../src/platform/auth/access.ts";
import type { Operation } from "../../src/platform/request/operation.ts";

// Tests have no file system; the bundler knows which files there are.
const routeFiles = Object.keys(
  import.meta.glob(["../../src/features/*/routes/*.ts", "!../../src/features/*/routes/{index,*.test}.ts"]),
).map((file) => file.replace("../../", ""));

/** The file that is named after the operation, whatever its slice. */
const fileOf = ({ route }: Operation): string => {
  const name = route.operationId.toLowerCase();
  const file = routeFiles.find((it) => it.split("/").at(-1)!.replace(".ts", "").replaceAll("-", "") === name);
  if (file === undefined) throw new Error(`no route file is named after ${route.operationId}`);
  return file;
};

const inWords = (grant: Grant): string => {
  switch (grant.by) {
    case "service":
      return "services";
    case "serviceFor":
      return `services where \`{${grant.param}}\` is \`${grant.value}\``;
    case "person":
      return "anyone signed in";
    case "personFor":
      return "anyone signed in, of what they can see, or to be told whom to name";
    case "role":
      return grant.level;
    case "self":
      return `the person in \`{${grant.param}}\``;
    case "selfWithRole":
      return `the ${grant.level} in \`{${grant.param}}\``;
  }
};

/** What makes another data set, or the same data once more. */
const AGAIN = new Set(["OpenDataSet", "AddData"]);

/** Asked with a body that has every natural key there is, and with one that has none. */
const repeatOf = ({ route, repeatsBlindly }: Operation): string => {
  if (route.method === "get") return "read";
  if (AGAIN.has(route.operationId)) return "again";
  if (!repeatsBlindly({})) return "natural key";
  return repeatsBlindly({ email: "a@b.test" }) ? "30 s" : "30 s without e-mail, else natural key";
};

/** Callers without a session token. */
const OWN_AUTHENTICATION: Readonly<Record<string, string>> = {
  verificationToken: "Redox, with the verification token",
  linkToken: "who has a link, with the token in the query",
  verificationTokenInBody: "Redox, with the verification token in the body",
  none: "anyone, without a token",
};

const row = (operation: Operation): string => {
  const { operationId, method, path } = operation.route;
  const own = OWN_AUTHENTICATION[operation.authentication.name];
  const access = own ?? operation.access.map(inWords).join(", ");
  const file = fileOf(operation);
  return `| ${operationId} | ${method.toUpperCase()} \`${path}\` | [${file}](../${file}) | ${access} | ${repeatOf(operation)} |`;
};

const table = [...operations]
  .toSorted((a, b) => (a.route.operationId < b.route.operationId ? -1 : 1))
  .map(row)
  .join("\n");

const document = `# Operations

Written by \`test/every-operation/operations-doc.test.ts\` from the list in \`src/entry/app.ts\`; that test fails when this file is
stale. Do not edit it by hand. What operations cost is in [figures.md](figures.md), by \`npm run bench -- --write\`; what a database of a
million patients takes, and how several are used, in [growth.md](growth.md).

**Access** — any one of the entries suffices.

| word | means |
|---|---|
| services | a token with the role \`backend_service\`, or a service bound to this Worker with the operation in its scopes |
| anyone signed in | a person; services are not meant |
| members | clinicians of the clinic in the path who are \`CLINIC_MEMBER\` or \`CLINIC_ADMIN\` |
| admins | clinicians of the clinic in the path who are \`CLINIC_ADMIN\` |
| clinicians | clinicians of the clinic in the path, whatever their role |
| viewers, uploaders, custodians of the data | whom the person whose data they are permits that, themselves or through a clinic: there anybody who works in it, whatever their role. The person may do all of it. Of uploaders only who has opened a data set deletes it |
| the person in \`{…}\` | who the path names |
| the member in \`{…}\` | who the path names, as a member or admin of the clinic in the path |

**Repeat** — what the same request does when it is sent again without an \`Idempotency-Key\`. With one, every operation but
a read gives its first answer again for 24 hours; RecomputeSummary and DeleteUserData are carried out again.

| word | means |
|---|---|
| read | changes nothing |
| natural key | finds what the first request left: it sets the same state again, or is refused (400, 404, 409) and changes nothing. An MRN is such a key only where the clinic's MRNs must be unique |
| again | is carried out again: opens another data set; adds the same data once more, unless their ids or the set's deduplicator tell |
| 30 s | within 30 seconds the same caller with the same body gets the first answer again |

${operations.length} operations:

| operation | method and path | route file | access | repeat |
|---|---|---|---|---|
${table}
`;

test("docs/operations.md lists every operation as the code has it", async () => {
  await expect(document).toMatchFileSnapshot("../../docs/operations.md");
});
