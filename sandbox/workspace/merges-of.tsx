import { useState } from "react";
import { type Client, type ListedPatientMergesV1, listPatientMerges } from "../../client/index.ts";
import { useAnswer } from "./answer.ts";
import { fieldText, listText } from "./merging-texts.ts";
import { Shown } from "./parts.tsx";
import { momentText } from "./texts.ts";
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
