import { useCallback, useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { type Client, type ClinicV1, listClinicsForClinician, pages } from "../../client/index.ts";
import { useAnswer } from "./answer.ts";
import { Duplicates } from "./duplicates.tsx";
import { Merge } from "./merge.tsx";
import { Pair } from "./pair.tsx";
import { Select, Shown } from "./parts.tsx";
import { Patient } from "./patient.tsx";
import { Patients, useAsked } from "./patients.tsx";
import { hashOf, type Route, useRoute, type View } from "./route.ts";
import { type Identity, readIdentities, SERVICE, signedInAs } from "./session.ts";
import { Tide } from "./tide.tsx";

const VIEWS: readonly (readonly [View, string])[] = [
  ["patients", "Patients"],
  ["duplicates", "Duplicates"],
  ["tide", "TIDE"],
  ["merge", "Merge"],
];

/** A front end of a clinic on the client of the service: a demonstration, and a test of the API by a browser. */
function Workspace() {
  const identities = useAnswer(readIdentities, []);
  return (
    <Shown of={identities}>
      {(all) => <SignedIn people={all.filter(({ who, is }) => who !== SERVICE && !is.startsWith("patient"))} />}
    </Shown>
  );
}

function SignedIn({ people }: { readonly people: readonly Identity[] }) {
  const route = useRoute();
  const who = people.find((person) => person.who === route.who)?.who ?? people[0]?.who ?? "";
  const client = useMemo(() => signedInAs(who), [who]);
  const clinics = useAnswer(
    async (signal) => {
      const found: ClinicV1[] = [];
      const asked = { client, path: { userId: who }, signal };
      for await (const { clinic } of pages(listClinicsForClinician, asked)) found.push(clinic);
      return { who, found };
    },
    [client, who],
  );
  return (
    <>
      <div className="who">
        <Select
          label="Signed in as"
          value={who}
          choices={people.map((person) => ({ value: person.who, text: `${person.name}, ${person.is}` }))}
          onChange={(next) => (location.hash = hashOf({ who: next, view: route.view }))}
        />
      </div>
      <Shown of={clinics}>
        {/* The clinics of somebody else may still be there for a moment. */}
        {({ who: of, found }) =>
          of === who ? <InClinics {...{ client, who, found, route, reload: clinics.reload }} /> : null
        }
      </Shown>
    </>
  );
}

function InClinics(props: {
  readonly client: Client;
  readonly who: string;
  readonly found: readonly ClinicV1[];
  readonly route: Route;
  readonly reload: () => void;
}) {
  const { client, who, found, route, reload } = props;
  const clinic = found.find(({ id }) => id === route.clinicId) ?? found[0];
  if (clinic === undefined) return <p>{"This person is a member of no clinic."}</p>;
  const linkTo = (view: View) => hashOf({ who, clinicId: clinic.id, view });
  return (
    <>
      <nav className="views" aria-label="Workspace">
        {VIEWS.map(([view, name]) => (
          <a key={view} href={linkTo(view)} aria-current={route.view === view ? "page" : undefined}>
            {name}
          </a>
        ))}
        {found.length > 1 && (
          <Select
            label="Clinic"
            value={clinic.id}
            choices={found.map(({ id, name }) => ({ value: id, text: name }))}
            onChange={(clinicId) => (location.hash = hashOf({ who, clinicId, view: route.view }))}
          />
        )}
      </nav>
      <InClinic key={`${who} ${clinic.id}`} {...{ client, who, clinic, route, reload }} />
    </>
  );
}

function InClinic(props: {
  readonly client: Client;
  readonly who: string;
  readonly clinic: ClinicV1;
  readonly route: Route;
  readonly reload: () => void;
}) {
  const { client, who, clinic, route, reload } = props;
  const service = useMemo(() => signedInAs(SERVICE), []);
  const [asked, setAsked] = useAsked();
  const linkTo = useCallback(
    (patientId: string) => hashOf({ who, clinicId: clinic.id, view: "patients", patientId }),
    [who, clinic.id],
  );
  const linkToPair = useCallback(
    (patientId: string, otherId: string) =>
      hashOf({ who, clinicId: clinic.id, view: "duplicates", patientId, otherId }),
    [who, clinic.id],
  );
  const [shownAt, setShownAt] = useState(route);
  useEffect(() => {
    // A reader of the page begins at the top of another view, as after a link.
    const isSame = (["view", "patientId", "otherId"] as const).every((part) => shownAt[part] === route[part]);
    if (!isSame) scrollTo(0, 0);
    setShownAt(route);
  }, [route]);
  if (route.view === "tide") return <Tide {...{ client, clinic, linkTo }} />;
  if (route.view === "merge") return <Merge client={service} clinic={clinic} onMerged={reload} />;
  const { patientId, otherId } = route;
  if (route.view === "duplicates") {
    if (patientId === undefined || otherId === undefined)
      return <Duplicates {...{ client, clinic, linkTo, linkToPair }} />;
    const linkToList = hashOf({ who, clinicId: clinic.id, view: "duplicates" });
    const pair = { targetId: patientId, sourceId: otherId };
    return <Pair key={`${patientId} ${otherId}`} {...{ client, clinic, ...pair, linkTo, linkToPair, linkToList }} />;
  }
  if (patientId === undefined) return <Patients {...{ client, clinic, asked, setAsked, linkTo }} />;
  const linkToList = hashOf({ who, clinicId: clinic.id, view: "patients" });
  return <Patient key={patientId} {...{ client, clinic, patientId, linkToList, linkTo, linkToPair }} />;
}

const root = document.getElementById("workspace");
if (root) createRoot(root).render(<Workspace />);
