#!/usr/bin/env bash
# @stoplight/spectral-cli 6.16.3 and ajv 8.20.0 on Node 24.21.0, seen on 2026-11-28.
#
# Expected: JSON Schema reads patterns as ECMA-262 expressions with the Unicode flag, so that \p{L} is a letter for the linter of an
# OpenAPI document as it is for Ajv.
# Seen: Spectral's rules about examples read patterns without the flag: \p{L} is the text "p{L}", and a correct example of a name is
# reported as an error, while Ajv by itself accepts it.
#
# For Clinics Edge: names of tags and sites have such patterns by contract. The two rules are off in
# checks/description/spectral.yaml, and the examples are checked with Ajv (test/description-texts.test.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @stoplight/spectral-cli@6.16.3 ajv@8.20.0
cat >api.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "Names", "version": "1", "description": "Names.", "contact": { "name": "Names" } },
  "servers": [{ "url": "https://names.example" }],
  "paths": {},
  "components": { "schemas": { "Name": { "type": "string", "pattern": "^\\p{L}+$", "example": "Zoe" } } }
}
JSON
echo '{"extends":["spectral:oas"],"rules":{"oas3-unused-component":"off"}}' >.spectral.json
spectral=$(node_modules/.bin/spectral lint api.json --format json 2>/dev/null | grep -o '"code": "[^"]*"' || true)
ajv=$(node -e '
const Ajv = require("ajv/dist/2020");
const { components } = require("./api.json");
console.log(new Ajv({ strict: false }).validate(components.schemas.Name, components.schemas.Name.example));')
seen="spectral ${spectral}
ajv ${ajv}"
expected='spectral "code": "oas3-valid-schema-example"
ajv true'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
