import { useState } from "react";
import {
  type Client,
  ClinicsError,
  type ClinicV1,
  type MergePatientV1,
  mergePatient,
  type PatientMergeFieldV1,
  type PatientMergePlanV1,
  type PatientMergeV1,
} from "../../client/index.ts";
import { problemOf, replacedByOf, useAnswer } from "./answer.ts";
import {
  type Field,
  fieldText,
  leftBehindTexts,
  listText,
  reasonText,
  sentence,
  sharedText,
  valueText,
} from "./merging-texts.ts";
import { Problem, Shown } from "./parts.tsx";
import { dateText, momentText } from "./texts.ts";
import { Heading, List, NotRestored, Unmerge } from "./unmerge.tsx";

type Code = NonNullable<MergePatientV1["accept"]>[number];

/** Two records side by side: what a merge of one into the other would do, doing it, and the way back. */
export function Pair(props: {
  readonly client: Client;
  readonly clinic: ClinicV1;
  readonly targetId: string;
  readonly sourceId: string;
  readonly linkTo: (patientId: string) => string;
  readonly linkToPair: (targetId: string, sourceId: string) => string;
  readonly linkToList: string;
}) {
  const { client, clinic, targetId, sourceId, linkTo, linkToPair, linkToList } = props;
  const path = { clinicId: clinic.id, patientId: targetId };
  const [take, setTake] = useState<readonly Field[]>([]);
  const [accepted, setAccepted] = useState<readonly string[]>([]);
  const [merged, setMerged] = useState<PatientMergeV1>();
  const [problem, setProblem] = useState<string>();
  const [isMerging, setIsMerging] = useState(false);
  const answer = useAnswer(
    async (signal) => {
      try {
        const body = { sourceId, take: [...take] };
        const planned = await mergePatient({ client, path, query: { dryRun: true }, body, signal });
        // What a dry run answers is the plan alone.
        return planned as PatientMergePlanV1;
      } catch (error) {
        if (error instanceof ClinicsError && error.status === 403)
          throw new Error("Only admins of the clinic can merge records.", { cause: error });
        const replacedBy = replacedByOf(error);
        if (replacedBy === undefined) throw error;
        return { replacedBy };
      }
    },
    [client, clinic.id, targetId, sourceId, take.join()],
  );
  const choose = (fields: readonly Field[]) => {
    setTake(fields);
    // What was agreed with was agreed with of another plan.
    setAccepted([]);
  };
  const merge = async (plan: PatientMergePlanV1) => {
    setProblem(undefined);
    setIsMerging(true);
    try {
      const body = { sourceId, take: [...take], accept: accepted as Code[], plan: plan.plan };
      setMerged((await mergePatient({ client, path, body })) as PatientMergeV1);
    } catch (error) {
      if (error instanceof ClinicsError && error.status === 409 && (error.body as { current?: unknown }).current) {
        setAccepted([]);
        setProblem("One of the records was changed meanwhile. This is the plan as it is now: nothing was merged.");
      } else setProblem(problemOf(error));
      answer.reload();
    } finally {
      setIsMerging(false);
    }
  };
  return (
    <>
      <p>
        <a href={linkToList}>All possible duplicates</a>
      </p>
      <h1>Merge two records</h1>
      {problem !== undefined && <Problem text={problem} />}
      {merged === undefined ? (
        <Shown of={answer}>
          {(plan) =>
            "replacedBy" in plan ? (
              <p className="note">
                One of the two is no longer there: it was merged into{" "}
                <a href={linkTo(plan.replacedBy)}>another record</a>.
              </p>
            ) : (
              <Plan
                {...{ plan, clinic, take, accepted, setAccepted, isMerging, linkTo }}
                isLoading={answer.isLoading}
                setTake={choose}
                swapped={linkToPair(sourceId, targetId)}
                onMerge={() => void merge(plan)}
              />
            )
          }
        </Shown>
      ) : (
        <Merged {...{ client, clinic, merged, setMerged, linkTo }} />
      )}
    </>
  );
}

function Plan(props: {
  readonly plan: PatientMergePlanV1;
  readonly clinic: ClinicV1;
  readonly take: readonly Field[];
  readonly setTake: (fields: readonly Field[]) => void;
  readonly accepted: readonly string[];
  readonly setAccepted: (codes: readonly string[]) => void;
  readonly isMerging: boolean;
  /** Whether another plan is awaited: nobody agrees with this one any more. */
  readonly isLoading: boolean;
  readonly linkTo: (patientId: string) => string;
  readonly swapped: string;
  readonly onMerge: () => void;
}) {
  const { plan, clinic, take, setTake, accepted, setAccepted, isMerging, isLoading, linkTo, swapped, onMerge } = props;
  const against = plan.errors.filter(({ acceptable }) => !acceptable);
  const risks = plan.errors.filter(({ acceptable }) => acceptable);
  const isReady = against.length === 0 && risks.every(({ reason }) => accepted.includes(reason));
  const toggle = <T extends string>(list: readonly T[], it: T) =>
    list.includes(it) ? list.filter((other) => other !== it) : [...list, it];
  return (
    <>
      <p className="note">
        <a href={linkTo(plan.targetId)}>{nameOf(plan, "target")}</a> stays, with its account;{" "}
        <a href={linkTo(plan.sourceId)}>{nameOf(plan, "source")}</a> goes, and its id leads to the one that stays.{" "}
        {sharedText(plan.shared)}. <a href={swapped}>Swap the two</a>
      </p>
      {against.length > 0 && (
        <div className="problem" role="alert">
          <p>They can't be merged this way round:</p>
          <List of={against.map(reasonText)} />
        </div>
      )}
      <table className="patients plan">
        <caption>What comes from where</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Stays</th>
            <th scope="col">Goes</th>
            <th scope="col">Then</th>
          </tr>
        </thead>
        <tbody>
          {plan.fields.map((it) => (
            <tr key={it.field}>
              <th scope="row">{sentence(fieldText(it.field))}</th>
              <td data-label="Stays">{valueText(it.field, it.target)}</td>
              <td data-label="Goes">
                {valueText(it.field, it.source)}
                {canBeTaken(it, plan) && (
                  <label className="take">
                    <input
                      type="checkbox"
                      checked={take.includes(it.field)}
                      onChange={() => setTake(toggle(take, it.field))}
                    />{" "}
                    take this {fieldText(it.field)}
                  </label>
                )}
              </td>
              <td data-label="Then" className={it.from === "source" ? "from-source" : undefined}>
                {valueText(it.field, it.result)}
                {it.from === "source" && <span className="detail">from the record that goes</span>}
                {it.becomesFormer !== undefined && (
                  <span className="detail">{it.becomesFormer} finds it, too, as a former MRN</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Rest plan={plan} clinic={clinic} />
      {risks.length > 0 && (
        <fieldset disabled={isLoading}>
          <legend>Before you merge: agree with each of these</legend>
          {risks.map((risk) => (
            <label key={risk.reason}>
              <input
                type="checkbox"
                checked={accepted.includes(risk.reason)}
                onChange={() => setAccepted(toggle(accepted, risk.reason))}
              />{" "}
              {reasonText(risk)}
              {risk.count > 1 && ` (${risk.count})`}
            </label>
          ))}
        </fieldset>
      )}
      <p>
        <button type="button" disabled={!isReady || isMerging || isLoading} onClick={onMerge}>
          {isMerging ? "Merging …" : "Merge the two"}
        </button>
      </p>
      <p className="quiet">A merge can be undone for 30 days.</p>
    </>
  );
}

const nameOf = ({ fields }: Pick<PatientMergePlanV1, "fields">, side: "target" | "source"): string =>
  valueText("fullName", fields.find(({ field }) => field === "fullName")?.[side]);

/** Whether there is a choice: both have something, and it isn't the same. An owned account's address is its owner's. */
const canBeTaken = ({ field, target, from, source }: PatientMergeFieldV1, { account }: PatientMergePlanV1): boolean =>
  from !== "both" &&
  target !== undefined &&
  source !== undefined &&
  (field !== "email" || (account.custodial && account.source === "parked"));

/** What else a merge does and what it leaves behind. */
function Rest({ plan, clinic }: { readonly plan: PatientMergePlanV1; readonly clinic: ClinicV1 }) {
  const { tags, sites, reviews, account, ehr, mails } = plan;
  const left = leftBehindTexts(plan.leftBehind);
  const labels = (of: PatientMergePlanV1["tags"], names: readonly { readonly id: string; readonly name: string }[]) =>
    of.result
      .map((id) => (names.find((it) => it.id === id)?.name ?? id) + (of.added.includes(id) ? " (added)" : ""))
      .join(", ");
  const ended = ehr.flatMap(({ name, ends }) =>
    ends.map((side) => `${name} of the record that ${side === "target" ? "stays" : "goes"} ends`),
  );
  const rest: readonly (readonly [string, string])[] = [
    ["Tags", labels(tags, clinic.patientTags ?? [])],
    ["Sites", labels(sites, clinic.sites ?? [])],
    ["Reviews", listText(reviews.map(({ time }) => momentText(time)))],
    ["Orders", ended.join("; ")],
    [
      "Other account",
      account.source === "elsewhere"
        ? "stays as it is, for other clinics"
        : `is put aside, and closed on ${account.closesTime === undefined ? "its day" : dateText(account.closesTime.slice(0, 10))} unless the merge is undone`,
    ],
    ["Left behind", left.length === 0 ? "nothing" : listText(left)],
    ["Mails", mails.length === 0 ? "none" : "one to the patient, whose address changes"],
  ];
  return (
    <dl>
      {rest.map(
        ([name, text]) =>
          text !== "" && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Merged(props: {
  readonly client: Client;
  readonly clinic: ClinicV1;
  readonly merged: PatientMergeV1;
  readonly setMerged: (merge: PatientMergeV1) => void;
  readonly linkTo: (patientId: string) => string;
}) {
  const { client, clinic, merged, setMerged, linkTo } = props;
  const name = merged.patient?.fullName ?? "the record";
  if (merged.state === "undone") {
    return (
      <section aria-label="Merge">
        <Heading text="Undone" />
        <p>
          There are two records again: <a href={linkTo(merged.targetId)}>{nameOf(merged, "target")}</a> and{" "}
          <a href={linkTo(merged.sourceId)}>{nameOf(merged, "source")}</a>.
        </p>
        <NotRestored of={merged.notRestored ?? []} />
      </section>
    );
  }
  return (
    <section aria-label="Merge">
      <Heading text="Merged" />
      <p>
        There is one record now: <a href={linkTo(merged.targetId)}>{name}</a>. The{" "}
        <a href={linkTo(merged.sourceId)}>old id</a> says where it went.
      </p>
      <p>Undo until {momentText(merged.undoableUntil)}.</p>
      <Unmerge client={client} path={{ clinicId: clinic.id, mergeId: merged.id }} onUndone={setMerged} />
    </section>
  );
}
