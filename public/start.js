// A file of its own because the page's content security policy allows no script inside the page.
import { localIdentities } from "./local.js";

const [identities, health] = await Promise.all([
  localIdentities(),
  fetch("/health")
    .then((response) => response.json())
    .catch(() => ({})),
]);
if (identities) document.getElementById("sandbox").hidden = false;
if (health.version) document.getElementById("version").textContent = `Version ${health.version} · MIT License`;
