import { USER_ID } from "../src/platform/core/ids.ts";
import { commandLine, giveUp, refuse } from "./command-line.ts";
import { localKeys, TOKEN_HOURS } from "./local-keys.ts";
import { usableState } from "./local-state.ts";
import { runningServer } from "./state-lock.ts";

const USAGE = `Prints a session token for the local server, and nothing else.

  npm run -s token -- --user ID [--email ADDRESS] [--name NAME] [--verified false] [--idp NAME]
  npm run -s token -- --service NAME
  npm run -s token -- --user ID --legacy-clinic [--email ADDRESS] [--name NAME]

  --user ID        a person: ten hex digits or a lower-case UUID
  --email ADDRESS  the person's address; verified unless --verified false is given
  --name NAME      the person's name
  --idp NAME       the identity provider the person signed in with
  --service NAME   a backend service
  --legacy-clinic  makes the person's account one that stood for a whole clinic before there were clinics, with two people
                   who share their data with it: what migrations begin with. The server has to be running; ten hex digits
  --hours N        how long the token is valid (default ${TOKEN_HOURS})
  --state DIR      state directory of the server (default .wrangler)`;

const HOURS_MAX = 24 * 365;

const given = commandLine(USAGE, {
  user: { type: "string" },
  email: { type: "string" },
  name: { type: "string" },
  verified: { type: "string" },
  idp: { type: "string" },
  service: { type: "string" },
  "legacy-clinic": { type: "boolean" },
  hours: { type: "string" },
  state: { type: "string" },
});

const { user, service } = given;
const hours = Number(given.hours ?? TOKEN_HOURS);
if (!(hours > 0 && hours <= HOURS_MAX)) refuse(`--hours takes a number from 0 to ${HOURS_MAX}`, USAGE);
if ((user === undefined) === (service === undefined)) refuse("either --user or --service is needed", USAGE);

const state = usableState(given.state);
const keys = await localKeys(state);
if (user !== undefined) {
  if (!USER_ID.test(user)) refuse("--user takes ten hex digits or a lower-case UUID, such as a1b2c3d4e5", USAGE);
  if (given.verified !== undefined && !["true", "false"].includes(given.verified)) {
    refuse("--verified takes true or false", USAGE);
  }
  const claims = {
    userId: user,
    email: given.email,
    emailVerified: given.verified === undefined ? undefined : given.verified === "true",
    name: given.name,
    identityProvider: given.idp,
  };
  if (given["legacy-clinic"]) await makeLegacyClinic(user);
  console.log(await keys.signPerson(claims, hours));
} else {
  const personal = (["email", "name", "verified", "idp", "legacy-clinic"] as const).find(
    (option) => given[option] !== undefined,
  );
  if (personal) refuse(`--${personal} goes with --user`, USAGE);
  if (!service) refuse("--service takes a name", USAGE);
  console.log(await keys.signService(service, hours));
}

/** The account is the server's to write: it is asked to. */
async function makeLegacyClinic(userId: string): Promise<void> {
  const { port } =
    runningServer(state) ?? giveUp("A legacy clinic account is made by the server: start npm run dev first.");
  let response: Response;
  try {
    response = await fetch(`http://127.0.0.1:${port}/sandbox/legacy-accounts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId, email: given.email, name: given.name }),
    });
  } catch {
    return giveUp("The server does not answer yet: try again when it is ready.");
  }
  const said = (await response.text()).trim();
  if (response.status === 400 || response.status === 409) giveUp(`The legacy clinic account can't be made: ${said}`);
  if (!response.ok) giveUp(`The server could not make a legacy clinic account: it answered ${response.status}.`);
}
