import { useState } from "react";
import { type Client, type ClinicV1, tideReport } from "../../client/index.ts";
import { useAnswer } from "./answer.ts";
import { glucoseText, nameOfPeriod, PERIODS, type Period, percentText } from "./glucose.ts";
import { Checkboxes, RangeBar, RangeLegend, Select, Shown } from "./parts.tsx";
import { agoText, countText } from "./texts.ts";

/** In the order in which they matter; a patient is in the first that fits. What a report has unless it is asked for others. */
const CATEGORIES: readonly (readonly [key: string, name: string])[] = [
  ["timeInVeryLowPercent", "More than 1 % below 54 mg/dL (3.0 mmol/L)"],
  ["timeInAnyLowPercent", "More than 4 % below 70 mg/dL (3.9 mmol/L)"],
  ["timeInVeryHighPercent", "More than 5 % above 250 mg/dL (13.9 mmol/L)"],
  ["timeInAnyHighPercent", "More than 25 % above 180 mg/dL (10.0 mmol/L)"],
  ["dropInTimeInTargetPercent", "Time in range fell by more than 15 points"],
  ["timeCGMUsePercent", "Sensor worn less than 70 % of the time"],
  ["noData", "No data since the cut-off"],
  ["meetingTargets", "Meeting targets"],
];
const DAYS_WITHOUT_DATA = 14;

/** Who needs attention first: the patients of chosen tags by what was found of them. */
export function Tide(props: {
  readonly client: Client;
  readonly clinic: ClinicV1;
  readonly linkTo: (patientId: string) => string;
}) {
  const { client, clinic, linkTo } = props;
  const tags = clinic.patientTags ?? [];
  const [chosen, setChosen] = useState<readonly string[]>(() => mostUsed(tags));
  const [period, setPeriod] = useState<Period>("14d");
  const [cutoff] = useState(() => new Date(Date.now() - DAYS_WITHOUT_DATA * 86_400_000).toISOString());
  const answer = useAnswer(
    async (signal) => {
      if (chosen.length === 0) return undefined;
      const query = { period, tags: [...chosen], lastDataCutoff: cutoff };
      return tideReport({ client, path: { clinicId: clinic.id }, query, signal });
    },
    [client, clinic.id, period, chosen.join()],
  );
  return (
    <>
      <h1>TIDE: who needs attention first</h1>
      <div className="filters">
        <Select
          label="Period"
          value={period}
          choices={PERIODS.map((value) => ({ value, text: nameOfPeriod(value) }))}
          onChange={setPeriod}
        />
        <Checkboxes legend="Patients with all of these tags" of={tags} chosen={chosen} onChange={setChosen} />
      </div>
      {chosen.length === 0 && <p role="status">A report is about the patients of one tag or more: choose one.</p>}
      {chosen.length > 0 && (
        <Shown of={answer}>
          {(report) => (
            <>
              <RangeLegend />
              {CATEGORIES.map(([key, name]) => (
                <Category key={key} name={name} patients={report?.results[key] ?? []} {...{ clinic, linkTo }} />
              ))}
            </>
          )}
        </Shown>
      )}
    </>
  );
}

type Patients = NonNullable<Awaited<ReturnType<typeof tideReport>>>["results"][string];

function Category(props: {
  readonly name: string;
  readonly patients: Patients;
  readonly clinic: ClinicV1;
  readonly linkTo: (patientId: string) => string;
}) {
  const { name, patients, clinic, linkTo } = props;
  if (patients.length === 0) return null;
  return (
    <section>
      <h2>
        {name} <span className="quiet">{countText(patients.length, "patient")}</span>
      </h2>
      <table className="patients">
        <thead>
          <tr>
            <th scope="col">Patient</th>
            <th scope="col">Time in range</th>
            <th scope="col">Change</th>
            <th scope="col">Average</th>
            <th scope="col">Last data</th>
          </tr>
        </thead>
        <tbody>
          {patients.map((found) => (
            <tr key={found.patient.id}>
              <th scope="row">
                <a href={linkTo(found.patient.id ?? "")}>{found.patient.fullName}</a>
              </th>
              <td data-label="Time in range">
                <RangeBar of={found} />
              </td>
              <td data-label="Change">{changeText(found.timeInTargetPercentDelta)}</td>
              <td data-label="Average">
                {glucoseText(found.averageGlucoseMmol, clinic.preferredBgUnits)}
                <span className="detail">worn {percentText(found.timeCGMUsePercent)}</span>
              </td>
              <td data-label="Last data">{agoText(found.lastData)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A change of a fraction, in percentage points. */
function changeText(delta: number | undefined): string {
  if (delta === undefined) return "–";
  const points = Math.round(delta * 100);
  return `${points > 0 ? "+" : ""}${points} points`;
}

/** The tag of the most patients: a clinic that uses TIDE has one for all whom it watches. */
function mostUsed(tags: NonNullable<ClinicV1["patientTags"]>): readonly string[] {
  const [first] = tags.toSorted((a, b) => (b.numPatients ?? 0) - (a.numPatients ?? 0));
  return first === undefined ? [] : [first.id];
}
