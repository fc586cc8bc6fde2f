import { useEffect, useRef, useState } from "react";
import {
  type Client,
  ClinicsError,
  type PatientMergeV1,
  type PatientUnmergePlanV1,
  undoPatientMerge,
} from "../../client/index.ts";
import { problemOf } from "./answer.ts";
import { keptText, restoredText, undoReasonText } from "./merging-texts.ts";
import { Problem } from "./parts.tsx";

/** The undo of a merge of two records: what would be restored, and then doing it. */
export function Unmerge(props: {
  readonly client: Client;
  readonly path: { readonly clinicId: string; readonly mergeId: string };
  readonly onUndone: (merge: PatientMergeV1) => void;
}) {
  const { client, path, onUndone } = props;
  const [plan, setPlan] = useState<PatientUnmergePlanV1>();
  const [problem, setProblem] = useState<string>();
  const [isWaiting, setIsWaiting] = useState(false);
  const attempt = async (what: () => Promise<void>) => {
    setProblem(undefined);
    setIsWaiting(true);
    try {
      await what();
    } catch (error) {
      setProblem(
        error instanceof ClinicsError && error.status === 403
          ? "Only admins of the clinic can undo a merge."
          : problemOf(error),
      );
    } finally {
      setIsWaiting(false);
    }
  };
  const ask = () =>
    attempt(async () => {
      // What a dry run answers is the plan alone.
      setPlan((await undoPatientMerge({ client, path, query: { dryRun: true } })) as PatientUnmergePlanV1);
    });
  const undo = () =>
    attempt(async () => {
      const undone = (await undoPatientMerge({ client, path })) as PatientMergeV1;
      setPlan(undefined);
      onUndone(undone);
    });
  return (
    <>
      {problem !== undefined && <Problem text={problem} />}
      {plan === undefined ? (
        <p>
          <button type="button" className="plain" disabled={isWaiting} onClick={() => void ask()}>
            What would an undo restore?
          </button>
        </p>
      ) : (
        <section className="sheet" aria-label="Undo">
          <Heading text={plan.allowed ? "What an undo restores" : "It can't be undone now"} />
          <List of={plan.errors.map(({ reason }) => undoReasonText(reason))} />
          <List of={plan.restores.map(restoredText)} />
          {plan.allowed && <NotRestored of={plan.notRestored} />}
          {plan.allowed && (
            <p className="quiet">Mails that were not sent and tokens that were revoked do not come back.</p>
          )}
          <p className="actions">
            {plan.allowed && (
              <button type="button" disabled={isWaiting} onClick={() => void undo()}>
                Undo the merge
              </button>
            )}
            <button type="button" className="plain" disabled={isWaiting} onClick={() => setPlan(undefined)}>
              Leave it merged
            </button>
          </p>
        </section>
      )}
    </>
  );
}

/** What an undo leaves as it is by now. */
export function NotRestored({ of }: { readonly of: PatientUnmergePlanV1["notRestored"] }) {
  if (of.length === 0) return <p>Everything else is as it was.</p>;
  return (
    <>
      <p>Not restored:</p>
      <List of={of.map(keptText)} />
    </>
  );
}

export function List({ of }: { readonly of: readonly string[] }) {
  if (of.length === 0) return null;
  return (
    <ul>
      {of.map((text, i) => (
        <li key={i}>{text}</li>
      ))}
    </ul>
  );
}

/** A heading that gets the focus when it appears, so that a screen reader tells what the page shows now. */
export function Heading({ text }: { readonly text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [text]);
  return (
    <h2 ref={heading} tabIndex={-1}>
      {text}
    </h2>
  );
}
