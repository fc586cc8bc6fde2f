import { useEffect, useState } from "react";
import {
  type Client,
  type ClinicV1,
  generateMergeReport,
  getMerge,
  listClinics,
  type MergePlanV1,
  type MergeStatusV1,
  mergeClinic,
  undoMerge,
  withResponse,
} from "../../client/index.ts";
import { problemOf, useAnswer } from "./answer.ts";
import { Problem, Select, Shown } from "./parts.tsx";
import { countText } from "./texts.ts";

const PHASES: Readonly<Record<MergeStatusV1["phase"], string>> = {
  planning: "Planned: nothing has been changed yet",
  refused: "Refused: nothing was changed",
  moving: "Moving records",
  finishing: "Finishing",
  notifying: "Telling the members",
  done: "Merged",
  restoring: "Undo: restoring the clinic",
  returning: "Undo: returning records",
  closing: "Undo: closing",
  undone: "Undone",
};
const ENDS: ReadonlySet<MergeStatusV1["phase"]> = new Set(["refused", "done", "undone"]);
const ASKED_EVERY_MS = 700;

/** Merging another clinic into this one: what would happen, doing it, and the way back. Merges are for services alone. */
export function Merge({
  client,
  clinic,
  onMerged,
}: {
  readonly client: Client;
  readonly clinic: ClinicV1;
  readonly onMerged: () => void;
}) {
  const [sourceId, setSourceId] = useState("");
  const [merge, setMerge] = useState<MergeStatusV1>();
  const [problem, setProblem] = useState<string>();
  const clinics = useAnswer((signal) => listClinics({ client, query: { limit: 100 }, signal }), [client]);
  const plan = useAnswer(
    async (signal) => (sourceId === "" ? undefined : readPlan(client, clinic.id, sourceId, signal)),
    [client, clinic.id, sourceId],
  );
  useEffect(() => {
    if (merge === undefined || ENDS.has(merge.phase)) return;
    const timer = setTimeout(async () => {
      try {
        const now = await getMerge({ client, path: { clinicId: clinic.id, mergeId: merge.id } });
        setMerge(now);
        if (ENDS.has(now.phase)) {
          onMerged();
          clinics.reload();
        }
      } catch (error) {
        setProblem(problemOf(error));
        // Asked again: one answer that was lost is no end.
        setMerge({ ...merge });
      }
    }, ASKED_EVERY_MS);
    return () => clearTimeout(timer);
  }, [client, clinic.id, merge, onMerged]);

  const attempt = async (what: () => Promise<MergeStatusV1>) => {
    setProblem(undefined);
    try {
      setMerge(await what());
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const start = () => attempt(() => startMerge(client, clinic.id, sourceId));
  const undo = (mergeId: string) => attempt(() => undoMerge({ client, path: { clinicId: clinic.id, mergeId } }));

  return (
    <>
      <h1>Merge a clinic into {clinic.name}</h1>
      <p className="note">Merges are for internal services: this page acts as the sandbox's service.</p>
      {problem !== undefined && <Problem text={problem} />}
      {merge === undefined ? (
        <Shown of={clinics}>
          {(all) => (
            <Select
              label="Which clinic"
              value={sourceId}
              choices={[
                { value: "", text: "Choose one" },
                ...all.filter(({ id }) => id !== clinic.id).map(({ id, name }) => ({ value: id, text: name })),
              ]}
              onChange={setSourceId}
            />
          )}
        </Shown>
      ) : (
        <Progress merge={merge} onUndo={() => void undo(merge.id)} onNext={() => setMerge(undefined)} />
      )}
      {merge === undefined && sourceId !== "" && (
        <Shown of={plan}>
          {/* The plan of the clinic that was chosen before may still be there for a moment. */}
          {(value) =>
            value?.Source.Id === sourceId ? <Plan plan={value} onStart={() => void start()} /> : <p>Loading …</p>
          }
        </Shown>
      )}
    </>
  );
}

async function readPlan(client: Client, clinicId: string, sourceId: string, signal: AbortSignal): Promise<MergePlanV1> {
  const headers = { accept: "application/json" };
  return generateMergeReport({ client, path: { clinicId }, body: { sourceId }, headers, signal });
}

/** Starts a merge and doesn't wait for it. Its id is in the address that the answer names. */
async function startMerge(client: Client, clinicId: string, sourceId: string): Promise<MergeStatusV1> {
  const headers = { prefer: "respond-async" };
  const { response } = await withResponse(mergeClinic, { client, path: { clinicId }, body: { sourceId }, headers });
  const mergeId = response.headers.get("location")?.split("/").at(-1);
  if (mergeId === undefined) throw new Error("The answer names no merge.");
  return getMerge({ client, path: { clinicId, mergeId } });
}

/** Entries of a plan are for people to read: their fields have the names of the workbook's columns. */
type Entry = Readonly<Record<string, unknown>>;
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const partOf = (entry: Entry, name: string): Entry => (entry[name] ?? {}) as Entry;

function Plan({ plan, onStart }: { readonly plan: MergePlanV1; readonly onStart: () => void }) {
  const patients = plan.PatientPlans.map((entry) => {
    const source = partOf(entry, "SourcePatient");
    const target = partOf(entry, "TargetPatient");
    return {
      name: textOf(source["FullName"]) || textOf(target["FullName"]),
      mrn: textOf(source["Mrn"]) || textOf(target["Mrn"]),
      action: textOf(entry["PatientAction"]),
      conflicts: Object.keys(partOf(entry, "Conflicts")),
    };
  });
  const changed = patients.filter(({ action }) => action !== "RETAIN");
  return (
    <section aria-label="Plan">
      <h2>What would happen</h2>
      {plan.Blocking.length > 0 && (
        <div className="problem" role="alert">
          <p>This merge would be refused:</p>
          <ul>
            {plan.Blocking.map((rule, i) => (
              <li key={i}>
                {textOf(rule["Message"])}
                {rule["Setting"] !== undefined && `: ${textOf(rule["Setting"])}`}
              </li>
            ))}
          </ul>
        </div>
      )}
      <p>
        {countText(changed.length, "patient")} of {plan.Source.Name} would come to {plan.Target.Name}, which has{" "}
        {countText(patients.length - changed.length, "patient")} of its own.
      </p>
      <PlanTable
        caption="Patients"
        heads={["Patient", "MRN", "Happens", "To be checked"]}
        rows={changed.map((it) => [it.name, it.mrn, actionText(it.action), it.conflicts.join(", ")])}
      />
      <PlanTable
        caption="Members"
        heads={["Member", "Happens", "Roles then"]}
        rows={plan.ClinicianPlans.map((entry) => {
          const clinician = partOf(entry, "Clinician");
          const roles = (entry["ResultingRoles"] ?? []) as readonly string[];
          return [
            textOf(clinician["Name"]) || textOf(clinician["Email"]),
            actionText(textOf(entry["ClinicianAction"])) + (entry["Downgraded"] === true ? ", with fewer rights" : ""),
            roles.join(", "),
          ];
        })}
      />
      <PlanTable
        caption="Tags"
        heads={["Tag", "Happens"]}
        rows={plan.TagsPlans.map((entry) => [textOf(entry["Name"]), actionText(textOf(entry["TagAction"]))])}
      />
      <PlanTable
        caption="Sites"
        heads={["Site", "Happens"]}
        rows={plan.SitesPlans.map((entry) => [
          textOf(partOf(entry, "Site")["Name"]),
          actionText(textOf(entry["SiteAction"])),
        ])}
      />
      <PlanTable
        caption="Settings"
        heads={["Setting", plan.Source.Name, plan.Target.Name]}
        rows={plan.SettingsPlans.map((entry) => [
          textOf(entry["Name"]),
          textOf(entry["SourceValue"]),
          textOf(entry["TargetValue"]),
        ])}
      />
      <p>
        <button type="button" disabled={plan.Blocking.length > 0} onClick={onStart}>
          Merge {plan.Source.Name} into {plan.Target.Name}
        </button>
      </p>
    </section>
  );
}

const ACTIONS: Readonly<Record<string, string>> = {
  MOVE: "Moves",
  MERGE: "Is joined with the other record",
  MERGE_INTO: "Takes in the other record",
  RETAIN: "Stays",
  CREATE: "Is created",
  SKIP: "Is there already",
  RENAME: "Is created under another name",
  GIVE_WAY: "Gives way to the other",
};
const actionText = (action: string): string => ACTIONS[action] ?? action;

function PlanTable(props: {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}) {
  const { caption, heads, rows } = props;
  if (rows.length === 0) return null;
  return (
    <table className="patients">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i}>
            {row.map((text, column) =>
              column === 0 ? (
                <th key={heads[column]} scope="row">
                  {text}
                </th>
              ) : (
                <td key={heads[column]} data-label={heads[column]}>
                  {text}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Progress(props: { readonly merge: MergeStatusV1; readonly onUndo: () => void; readonly onNext: () => void }) {
  const { merge, onUndo, onNext } = props;
  const { phase, recordsDone, recordsTotal, errors, notRestored } = merge;
  return (
    <section aria-label="Merge">
      <h2>
        {merge.sourceName} into {merge.targetName}
      </h2>
      <p role="status">{PHASES[phase]}.</p>
      <progress value={recordsDone} max={Math.max(recordsTotal, 1)} aria-label="Records done" />
      <p className="quiet">
        {recordsDone} of {countText(recordsTotal, "record")}
      </p>
      {errors && (
        <Problem
          text={errors.map(({ message, setting }) => [message, setting].filter(Boolean).join(": ")).join("; ")}
        />
      )}
      {notRestored && notRestored.count > 0 && (
        <div className="note">
          <p>{countText(notRestored.count, "record")} could not be restored, because of what happened since:</p>
          <ul>
            {notRestored.records.map(({ kind, id, reason }) => (
              <li key={kind + id}>
                {kind} {id}: {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
      <p className="actions">
        {phase === "done" && (
          <button type="button" onClick={onUndo}>
            Undo
          </button>
        )}
        {ENDS.has(phase) && (
          <button type="button" className="plain" onClick={onNext}>
            Another merge
          </button>
        )}
      </p>
    </section>
  );
}
