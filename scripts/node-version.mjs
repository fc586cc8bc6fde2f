// Which Node npm itself has to run on: with an older one npm leaves out native packages of tools, without a word. What npm then
// starts runs on the Node that it has installed. Comes before `npm ci` as well: plain JavaScript, no imports.
const OLDEST = [
  [20, 19],
  [22, 12],
];

const [, version] = /\bnode\/v(\S+)/.exec(process.env.npm_config_user_agent ?? "") ?? [];
const [major, minor] = (version ?? "99.0").split(".").map(Number);
const isOfLine = OLDEST.some(([line, least]) => major === line && minor >= least);
if (!isOfLine && major <= 22) {
  const oldest = OLDEST.map((parts) => parts.join(".")).join(", ");
  console.error(`Node ${oldest} or newer is needed, npm runs on ${version}: install it, then run npm ci.`);
  process.exit(1);
}
