import { useDeferredValue, useState } from "react";
import { type Client, type ListedPatientMergesV1, listPatientMerges, listPatients } from "../../client/index.ts";
import { useAnswer } from "./answer.ts";
import { fieldText, listText } from "./merging-texts.ts";
import { Shown } from "./parts.tsx";
import { dateText, momentText } from "./texts.ts";
import { Heading, NotRestored, Unmerge } from "./unmerge.tsx";

type Listed = ListedPatientMergesV1[number];

/** The merges a patient's record was ever part of, newest first, with the way back. */
export function MergesOf(props: {
  readonly client: Client;
  readonly path: { readonly clinicId: string; readonly patientId: string };
  readonly linkTo: (patientId: string) => string;
  readonly onUndone: () => void;
}) {
  const { client, path, linkTo, onUndone } = props;
  const answer = useAnswer(
    (signal) => listPatientMerges({ client, path, signal }),
    [client, path.clinicId, path.patientId],
  );
  const [notRestored, setNotRestored] = useState<Parameters<typeof NotRestored>[0]["of"]>();
  return (
    <>
      {notRestored && (
        <section className="note" aria-label="Undo">
          <Heading text="Undone" />
          <NotRestored of={notRestored} />
        </section>
      )}
      <Shown of={answer}>
        {(merges) =>
          merges.length === 0 ? (
            <p>No other record was merged into this one.</p>
          ) : (
            <ul className="merges">
              {merges.map((it) => (
                <li key={it.id}>
                  {it.role === "target" ? "Took in " : "Merged into "}
                  <a href={linkTo(it.otherId)}>another record</a> on {momentText(it.mergedTime)}
                  <span className="detail">{detailOf(it)}</span>
                  {it.state === "merged" && Date.parse(it.undoableUntil) > Date.now() && (
                    <Unmerge
                      client={client}
                      path={{ clinicId: path.clinicId, mergeId: it.id }}
                      onUndone={(merge) => {
                        setNotRestored(merge.notRestored ?? []);
                        answer.reload();
                        onUndone();
                      }}
                    />
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </>
  );
}

function detailOf({ fields, formerMrn, undoneTime, undoableUntil }: Listed): string {
  const taken = fields.filter(({ from }) => from === "source").map(({ field }) => fieldText(field));
  return [
    taken.length > 0 && `from the record that went: ${listText(taken)}`,
    formerMrn !== undefined && `former MRN ${formerMrn}`,
    undoneTime === undefined ? `undo until ${momentText(undoableUntil)}` : `undone on ${momentText(undoneTime)}`,
  ]
    .filter((it) => it !== false)
    .join("; ");
}

const OTHERS_SHOWN = 5;

/** Finds another record to merge into this one: pairs that no list has, such as somebody under a name of before. */
export function MergeWith(props: {
  readonly client: Client;
  readonly path: { readonly clinicId: string; readonly patientId: string };
  readonly linkToPair: (targetId: string, sourceId: string) => string;
}) {
  const { client, path, linkToPair } = props;
  const [typed, setTyped] = useState("");
  const search = useDeferredValue(typed.trim());
  const answer = useAnswer(
    async (signal) => {
      if (search === "") return [];
      const query = { search, limit: OTHERS_SHOWN + 1 };
      const { data } = await listPatients({ client, path: { clinicId: path.clinicId }, query, signal });
      return data.filter(({ id }) => id !== path.patientId).slice(0, OTHERS_SHOWN);
    },
    [client, path.clinicId, path.patientId, search],
  );
  return (
    <>
      <label className="field">
        Merge another record into this one: name, birth date, MRN
        <input type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
      </label>
      {search !== "" && (
        <Shown of={answer}>
          {(others) =>
            others.length === 0 ? (
              <p role="status">No other record.</p>
            ) : (
              <ul aria-label="Records to merge into this one">
                {others.map((it) => (
                  <li key={it.id}>
                    <a href={linkToPair(path.patientId, it.id)}>{it.fullName}</a>{" "}
                    <span className="quiet">{[dateText(it.birthDate), it.mrn].filter(Boolean).join(", ")}</span>
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      )}
    </>
  );
}
