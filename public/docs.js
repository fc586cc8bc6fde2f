// A file of its own because the page's content security policy allows no script inside the page.
import { localIdentities } from "./local.js";

/** The session token of who is signed in. It is kept here alone and gone with the page. */
let token;

/** The viewer would send an example of what may be left out as a value: a filter that finds nobody. */
function withExamplesInWords(content) {
  const operations = Object.values(content.paths).flatMap((path) => Object.values(path));
  const parameters = [
    ...Object.values(content.components.parameters),
    ...operations.flatMap((it) => it.parameters ?? []),
  ];
  for (const parameter of parameters) {
    if (parameter.required || parameter.example === undefined) continue;
    parameter.description = `${parameter.description ?? ""} Example: \`${parameter.example}\``.trim();
    delete parameter.example;
  }
  return content;
}

const configuration = (content) => ({
  content,
  theme: "none",
  // Nothing of this page comes from elsewhere or goes there.
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: "",
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: "never",
  persistAuth: false,
  documentDownloadType: "none",
  orderRequiredPropertiesFirst: true,
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  authentication: {
    preferredSecurityScheme: "sessionToken",
    ...(token !== undefined && { securitySchemes: { sessionToken: { value: token } } }),
  },
});

const notice = document.getElementById("notice");
try {
  const [{ createApiReference }, content] = await Promise.all([
    import("/scalar/standalone.esm.js"),
    fetch("/openapi.json")
      .then((response) => response.json())
      .then(withExamplesInWords),
  ]);
  completeComboboxes();
  const reference = createApiReference("#reference", configuration(content));
  notice.remove();
  await offerIdentities(() => reference.updateConfiguration(configuration(content)));
} catch {
  notice.textContent = "The viewer is missing: run npm ci once, then reload this page.";
}

/** The viewer's fields for values with variables don't say whether their list is open, which screen readers need. */
function completeComboboxes() {
  const complete = () => {
    for (const it of document.querySelectorAll('[role="combobox"]:not([aria-expanded])')) {
      it.setAttribute("aria-expanded", "false");
    }
  };
  new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });
}

/** On a developer's machine one click signs in; elsewhere nothing of it is shown. */
async function offerIdentities(applyToken) {
  const identities = await localIdentities();
  if (!identities) return;
  const form = document.getElementById("sign-in");
  const choice = document.getElementById("who");
  const told = document.getElementById("told");
  for (const { who, name, is } of identities) choice.append(new Option(`${name}, ${is}`, who));
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { value: who, selectedOptions } = choice;
    try {
      const response = await fetch("/sandbox/identities/token", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ who }),
      });
      ({ token } = await response.json());
      applyToken();
      told.textContent = `Signed in: ${selectedOptions[0].text}`;
    } catch {
      told.textContent = "The sandbox gave no token.";
    }
  });
}
