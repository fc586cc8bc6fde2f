import { Fragment, useEffect, useRef, useState } from "react";
import {
  type AlikeCrowdV1,
  type AlikePatientsV1,
  type Client,
  type ClinicV1,
  type DuplicatePatientsV1,
  type ListDuplicatePatientsData,
  listDuplicatePatients,
  markPatientsDistinct,
  unmarkPatientsDistinct,
} from "../../client/index.ts";
import { problemOf } from "./answer.ts";
import { codeText, sharedText } from "./merging-texts.ts";
import { type Choice, Problem, Select } from "./parts.tsx";
import { agoText, countText, dateText, momentText } from "./texts.ts";
import { List } from "./unmerge.tsx";

type Alike = AlikePatientsV1["patients"][number];
type Which = "likely" | "names" | "marked";

const WHICH: readonly Choice<Which>[] = [
  { value: "likely", text: "Same MRN, or same name and birth date" },
  { value: "names", text: "Those with the same name alone, too" },
  { value: "marked", text: "Those said not to be the same person" },
];
type Query = NonNullable<ListDuplicatePatientsData["query"]>;
const QUERIES: Readonly<Record<Which, Query>> = {
  likely: { likeness: ["likely", "mrnOnly"] },
  names: { likeness: ["likely", "mrnOnly", "nameOnly"] },
  marked: { likeness: ["likely", "mrnOnly", "nameOnly"], marked: true },
};

const WHY: Readonly<Record<AlikePatientsV1["suggested"]["why"], string>> = {
  claimed: "the account is the patient's own",
  data: "has data",
  newerData: "has newer data",
  mrn: "has an MRN",
  older: "was entered first",
};

interface Links {
  readonly linkTo: (patientId: string) => string;
  readonly linkToPair: (targetId: string, sourceId: string) => string;
}

/** Records of the clinic that may be of one person, and what to do with each pair. */
export function Duplicates(props: Links & { readonly client: Client; readonly clinic: ClinicV1 }) {
  const { client, clinic, linkTo, linkToPair } = props;
  const [which, setWhich] = useState<Which>("likely");
  const [pages, setPages] = useState<readonly DuplicatePatientsV1[]>();
  const [problem, setProblem] = useState<string>();
  const [told, setTold] = useState<string>();
  const [isWaiting, setIsWaiting] = useState(false);
  const notice = useRef<HTMLParagraphElement>(null);
  const attempt = async (what: () => Promise<void>, signal?: AbortSignal) => {
    setProblem(undefined);
    setIsWaiting(true);
    try {
      await what();
    } catch (error) {
      if (!signal?.aborted) setProblem(problemOf(error));
    } finally {
      if (!signal?.aborted) setIsWaiting(false);
    }
  };
  const read = (before: readonly DuplicatePatientsV1[], signal?: AbortSignal) =>
    attempt(async () => {
      const query = { ...QUERIES[which] };
      const cursor = before.at(-1)?.meta.next;
      if (cursor !== undefined) query.cursor = cursor;
      const page = await listDuplicatePatients({ client, path: { clinicId: clinic.id }, query, signal });
      if (!signal?.aborted) setPages([...before, page]);
    }, signal);
  useEffect(() => {
    const waiting = new AbortController();
    setPages(undefined);
    setTold(undefined);
    void read([], waiting.signal);
    return () => waiting.abort();
  }, [client, clinic.id, which]);
  useEffect(() => notice.current?.focus(), [told]);

  /** Says that two are not one person, or takes that back: the pair leaves the list. */
  const settle = (pair: AlikePatientsV1) =>
    attempt(async () => {
      const [a, b] = pair.patients as [Alike, Alike];
      const path = { clinicId: clinic.id, patientId: a.id, otherPatientId: b.id };
      await (which === "marked" ? unmarkPatientsDistinct : markPatientsDistinct)({ client, path });
      setPages((all) => all?.map((page) => ({ ...page, data: page.data.filter((it) => it !== pair) })));
      setTold(
        which === "marked"
          ? `${a.fullName} and ${b.fullName} are possible duplicates again.`
          : `${a.fullName} and ${b.fullName} are marked as two people.`,
      );
    });
  const found = pages?.flatMap(({ data }) => data) ?? [];
  const crowds = pages?.flatMap((page) => page.crowds) ?? [];
  const hasMore = pages?.at(-1)?.meta.next !== undefined;
  return (
    <>
      <h1>Possible duplicates in {clinic.name}</h1>
      <div className="filters">
        <Select label="Show" value={which} choices={WHICH} onChange={setWhich} />
      </div>
      {problem !== undefined && <Problem text={problem} />}
      {told !== undefined && (
        <p className="note" role="status" tabIndex={-1} ref={notice}>
          {told}
        </p>
      )}
      {pages === undefined && problem === undefined && <p role="status">Loading …</p>}
      {pages !== undefined && (
        <p role="status">
          {found.length === 0 && !hasMore
            ? "No pairs."
            : `${countText(found.length, "pair")}${hasMore ? " so far" : ""}.`}
        </p>
      )}
      {found.map((pair) => (
        <PairOf
          key={pair.patients.map(({ id }) => id).join()}
          {...{ pair, linkTo, linkToPair, isWaiting }}
          onSettle={() => void settle(pair)}
        />
      ))}
      {crowds.length > 0 && (
        <>
          <h2>Many at once</h2>
          <p>More than ten records of a kind are no pairs. Some of them, to begin with:</p>
          <ul>
            {crowds.map((crowd, i) => (
              <li key={i}>
                <CrowdOf {...crowd} linkTo={linkTo} />
              </li>
            ))}
          </ul>
        </>
      )}
      {hasMore && pages !== undefined && (
        <p>
          <button type="button" disabled={isWaiting} onClick={() => void read(pages)}>
            More
          </button>
        </p>
      )}
    </>
  );
}

function CrowdOf({ shared, patients, ids, linkTo }: AlikeCrowdV1 & Pick<Links, "linkTo">) {
  const text = `${sharedText(shared)}: ${countText(patients, "record")}`;
  return (
    <>
      {text}
      {ids.map((id, i) => (
        <Fragment key={id}>
          {i === 0 ? " – " : ", "}
          <a href={linkTo(id)} aria-label={`${text}, example ${i + 1}`}>
            example {i + 1}
          </a>
        </Fragment>
      ))}
    </>
  );
}

function PairOf(
  props: Links & { readonly pair: AlikePatientsV1; readonly isWaiting: boolean; readonly onSettle: () => void },
) {
  const { pair, linkTo, linkToPair, isWaiting, onSettle } = props;
  const { targetId, sourceId, why } = pair.suggested;
  const name = pair.patients.map(({ fullName }) => fullName).join(" and ");
  return (
    <section aria-label={name} className="pair">
      <table className="patients">
        <caption>
          {sharedText(pair.shared)}
          {pair.marked && `; marked as two people ${momentText(pair.marked.time)}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Patient</th>
            <th scope="col">Born</th>
            <th scope="col">E-mail</th>
            <th scope="col">Account</th>
            <th scope="col">Entered</th>
            <th scope="col">Last data</th>
          </tr>
        </thead>
        <tbody>
          {pair.patients.map((it) => (
            <tr key={it.id}>
              <th scope="row">
                <a href={linkTo(it.id)}>{it.fullName}</a>
                {it.mrn !== undefined && <span className="detail">{it.mrn}</span>}
              </th>
              <td data-label="Born">{dateText(it.birthDate)}</td>
              <td data-label="E-mail">{it.email ?? "–"}</td>
              <td data-label="Account">{it.custodial ? "kept by the clinic" : "the patient's own"}</td>
              <td data-label="Entered">{momentText(it.createdTime)}</td>
              <td data-label="Last data">
                {agoText(it.lastData)}
                {it.id === targetId && <span className="detail">would stay: {WHY[why]}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <List of={pair.blocked.map(codeText)} />
      <p className="actions">
        <a className="button" href={linkToPair(targetId, sourceId)} aria-label={`Compare and merge ${name}`}>
          Compare and merge
        </a>
        <button type="button" className="plain" disabled={isWaiting} onClick={onSettle}>
          {pair.marked ? "May be the same person" : "Not the same person"}
        </button>
      </p>
    </section>
  );
}
