#!/usr/bin/env bash
# @hey-api/openapi-ts 0.99.0 beside openapi-typescript 7.13.0, seen on 2026-11-28.
#
# Expected: an example in an OpenAPI document is a value. What looks like a reference in it is part of that value: the answer of Xealth's
# preorder, for one, contains a JSON Schema form whose `$ref` is meant for the form alone.
# Seen: @hey-api/openapi-ts looks for the reference in the OpenAPI document, finds nothing there and writes no client; the
# error names neither the reference nor the operation. openapi-typescript reads the same document.
#
# For Clinics Edge: examples with references stay out of the description (src/description/describe.ts); with one in it
# `npm run client` and `npm run check:description` fail.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @hey-api/openapi-ts@0.99.0 openapi-typescript@7.13.0 typescript@5.9.3
cat >api.mjs <<'JS'
import { writeFileSync } from "node:fs";

const formSchema = { type: "object", properties: { tags: { $ref: "#/definitions/tags" } }, definitions: { tags: { type: "array" } } };
const content = (example) => ({ "application/json": { schema: { type: "object" }, example } });
for (const [name, example] of Object.entries({ plain: { formSchema: { type: "object" } }, form: { formSchema } })) {
  const responses = { 200: { description: "The form", content: content(example) } };
  const paths = { "/preorder": { post: { operationId: "Preorder", responses } } };
  writeFileSync(`${name}.json`, JSON.stringify({ openapi: "3.1.0", info: { title: "Orders", version: "1" }, paths }));
}
JS
node api.mjs
ends() {
  "$@" >said 2>&1 && echo "written" || echo "failed"
}
seen=$(
  for name in plain form; do
    echo "$name: openapi-ts $(ends node_modules/.bin/openapi-ts --input $name.json --output hey-$name --client @hey-api/client-fetch), openapi-typescript $(ends node_modules/.bin/openapi-typescript $name.json --output $name.ts)"
  done
)
expected='plain: openapi-ts written, openapi-typescript written
form: openapi-ts failed, openapi-typescript written'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
