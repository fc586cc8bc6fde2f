#!/usr/bin/env bash
# openapi-typescript 7.13.0 with @redocly/cli 2.77.0, seen on 2026-11-28.
#
# Expected: a generator of types reads the document; rules of style are the linter's.
# Seen: openapi-typescript looks for redocly.yaml in the folder it runs in and applies the linter's rules to the document: one
# operation without a summary, and no types are written. In another folder the same document gives them.
#
# For Clinics Edge: both run in checks/description on one configuration, so a missing summary stops the generator as well; every
# operation has one by its type (src/platform/request/operation.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts openapi-typescript@7.13.0 typescript@5.9.3
cat >api.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "Pumps", "version": "1" },
  "paths": { "/pumps": { "get": { "operationId": "ListPumps", "responses": { "200": { "description": "The pumps" } } } } }
}
JSON
write() {
  rm -f api.ts
  node_modules/.bin/openapi-typescript api.json --output api.ts >said 2>&1 && status=0 || status=1
  echo "$1: ended with $status, types $([ -f api.ts ] && echo written || echo missing)"
}
seen=$(
  write "without redocly.yaml"
  printf 'rules:\n  operation-summary: error\n' >redocly.yaml
  write "with redocly.yaml"
)
expected='without redocly.yaml: ended with 0, types written
with redocly.yaml: ended with 1, types missing'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
