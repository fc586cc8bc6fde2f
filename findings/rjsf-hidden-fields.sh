#!/usr/bin/env bash
# @rjsf/core 5.24.13 with its validator for ajv 8, React 18.3.1, rendered in jsdom 26.1.0, Node 20 and 24, seen on 2026-11-28;
# 5.0.0 and 5.13.0 do the same.
#
# Expected: what a form does not show is not in the data it submits.
# Seen: a property of type "null" whose widget is "hidden" is submitted as null, although it had no value. A box that a
# dependency shows only while there is an e-mail address stays in the data as it was ticked when the address is emptied: the
# box is gone, its value is not. The validator finds both valid.
#
# For Clinics Edge: a clinic without tags gets {"tags": null} back from the enrolment form of a preorder, and a ticked data
# provider may come without an address (src/features/ehr/xealth/input.ts takes null for absent, and asks nobody without one).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @rjsf/core@5.24.13 @rjsf/utils@5.24.13 @rjsf/validator-ajv8@5.24.13 \
  react@18.3.1 react-dom@18.3.1 jsdom@26.1.0
cat >submit.cjs <<'JS'
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("<!doctype html><main></main>");
Object.assign(globalThis, { window, document: window.document, HTMLElement: window.HTMLElement, IS_REACT_ACT_ENVIRONMENT: true });
// Node 20 has none.
globalThis.navigator ??= window.navigator;
const { act, createElement } = require("react");
const { createRoot } = require("react-dom/client");
const { default: Form } = require("@rjsf/core");
const { default: validator } = require("@rjsf/validator-ajv8");

const schema = {
  type: "object",
  properties: {
    patient: {
      type: "object",
      properties: { email: { type: "string", format: "email" } },
      dependencies: { email: { properties: { connectDexcom: { type: "boolean" } } } },
    },
    tags: { type: "null", properties: { ids: { type: "array", items: { type: "string" } } } },
  },
};
const uiSchema = { tags: { "ui:widget": "hidden" } };
const host = window.document.querySelector("main");
const field = (name) => host.querySelector(`#root_patient_${name}`);
const fire = (element, type) => act(async () => element.dispatchEvent(new window.Event(type, { bubbles: true, cancelable: true })));

async function submitted(formData, emptied) {
  let data;
  const onSubmit = (event) => (data = event.formData);
  const root = createRoot(host);
  await act(async () => root.render(createElement(Form, { schema, uiSchema, formData, validator, onSubmit })));
  if (emptied) {
    Object.getOwnPropertyDescriptor(window.HTMLInputElement.prototype, "value").set.call(field("email"), "");
    await fire(field("email"), "input");
  }
  const box = field("connectDexcom") ? "box" : "no box";
  await fire(host.querySelector("form"), "submit");
  await act(async () => root.unmount());
  const sorted = data && { patient: data.patient, tags: data.tags };
  return `${box} ${JSON.stringify(sorted)}`;
}

(async () => {
  console.log(await submitted({ patient: {} }, false));
  console.log(await submitted({ patient: { email: "a@b.example", connectDexcom: true } }, true));
})();
JS
seen=$(node submit.cjs 2>/dev/null)
expected='no box {"patient":{},"tags":null}
no box {"patient":{"connectDexcom":true},"tags":null}'
echo "$seen"
if [ "$seen" != "$expected" ]; then
  echo "changed: what it did before was" >&2
  echo "$expected" >&2
  exit 1
fi
