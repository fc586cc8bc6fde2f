// Comes before every command, on whatever Node there is, also before `npm ci`: plain JavaScript, no packages.
import { existsSync } from "node:fs";
import "./node-version.mjs";

const NODE_MAJOR = 24;

if (!existsSync(new URL("../node_modules/.package-lock.json", import.meta.url))) {
  stop("Nothing is installed yet: run npm ci first.");
}
if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
  stop(`Node ${NODE_MAJOR} is needed, this is ${process.version}: npm ci installs it, npm run uses it.`);
}

// A missing package, file or permission is for the person who called the command to correct: where it was noticed is no help.
process.on("uncaughtException", (error) => {
  if (error?.code === "ERR_MODULE_NOT_FOUND" && error.message.startsWith("Cannot find package")) {
    stop(`${error.message.split(" imported from")[0]}: run npm ci.`);
  }
  if (error?.code === "ENOSPC") stop(`There is no room left on the disk (${error.path ?? error.syscall}): free some.`);
  if (error?.code && error.syscall) stop(error.message);
  console.error(error);
  process.exit(1);
});

function stop(message) {
  console.error(message);
  process.exit(1);
}
