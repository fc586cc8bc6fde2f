import { useState } from "react";
import {
  type Client,
  type ClinicV1,
  createPatientReport,
  getPatient,
  getPatientReport,
  listPatientReports,
  type PatientV1,
  type Report,
  updatePatient,
} from "../../client/index.ts";
import { type Answer, problemOf, replacedByOf, useAnswer } from "./answer.ts";
import { SeenBy } from "./audit.tsx";
import { Fhir } from "./fhir.tsx";
import { GlucoseChart } from "./chart.tsx";
import {
  type Device,
  glucoseText,
  isOfSensor,
  nameOfPeriod,
  PERIODS,
  percentText,
  periodOf,
  type Units,
} from "./glucose.ts";
import { MergesOf, MergeWith } from "./merges-of.tsx";
import { Checkboxes, Problem, RangeBar, RangeLegend, Shown } from "./parts.tsx";
import { agoText, dateText, momentText } from "./texts.ts";

/** A patient: the record, tags to change, what the devices say, reports. */
export function Patient(props: {
  readonly client: Client;
  readonly clinic: ClinicV1;
  readonly patientId: string;
  readonly linkToList: string;
  readonly linkTo: (patientId: string) => string;
  readonly linkToPair: (targetId: string, sourceId: string) => string;
}) {
  const { client, clinic, patientId, linkToList, linkTo, linkToPair } = props;
  const path = { clinicId: clinic.id, patientId };
  const answer = useAnswer(
    (signal) =>
      getPatient({ client, path, signal }).catch((error: unknown) => {
        const replacedBy = replacedByOf(error);
        if (replacedBy === undefined) throw error;
        return { replacedBy };
      }),
    [client, clinic.id, patientId],
  );
  const merges = <MergesOf {...{ client, path, linkTo }} onUndone={answer.reload} />;
  return (
    <>
      <p>
        <a href={linkToList}>All patients</a>
      </p>
      <Shown of={answer}>
        {(patient) =>
          "replacedBy" in patient ? (
            <>
              <h1>This record was merged</h1>
              <p>
                It is part of <a href={linkTo(patient.replacedBy)}>another record</a> now.
              </p>
              {merges}
            </>
          ) : (
            <>
              <h1>{patient.fullName}</h1>
              <Facts {...{ patient, clinic }} />
              <Tags {...{ client, clinic, patient, reload: answer.reload }} />
              <h2>Summaries</h2>
              <Summaries {...{ patient, units: clinic.preferredBgUnits }} />
              <h2>Device data</h2>
              <GlucoseChart {...{ client, userId: patient.id, units: clinic.preferredBgUnits }} />
              <h2>Reports</h2>
              <Reports {...{ client, path, clinic }} />
              <h2>As FHIR</h2>
              <Fhir {...{ client, path }} />
              <h2>Merges</h2>
              {merges}
              <MergeWith {...{ client, path, linkToPair }} />
              <h2>Who has seen this record</h2>
              <SeenBy {...{ client, path }} />
            </>
          )
        }
      </Shown>
    </>
  );
}

function Facts({ patient, clinic }: { readonly patient: PatientV1; readonly clinic: ClinicV1 }) {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Born", dateText(patient.birthDate)],
    ["MRN", patient.mrn],
    ["E-mail", patient.email],
    ["Diagnosis", patient.diagnosisType],
    ["Sites", patient.sites.map(({ name }) => name).join(", ")],
    ["Devices", patient.targetDevices?.join(", ")],
    ["Account", patient.permissions?.custodian ? `in custody of ${clinic.name}` : "the patient's own"],
    ["Last change", agoText(patient.updatedTime)],
  ];
  return (
    <dl>
      {facts.map(
        ([name, text]) =>
          text && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Tags(props: {
  readonly client: Client;
  readonly clinic: ClinicV1;
  readonly patient: PatientV1;
  readonly reload: () => void;
}) {
  const { client, clinic, patient, reload } = props;
  const [problem, setProblem] = useState<string>();
  const [isChanging, setIsChanging] = useState(false);
  const path = { clinicId: clinic.id, patientId: patient.id };
  const change = async (chosen: readonly string[]) => {
    setProblem(undefined);
    setIsChanging(true);
    try {
      // The whole record is replaced: it is read again for what others have changed, and the change is made to that. Data
      // sources that aren't sent stay as they are.
      const { dataSources: _, ...newest } = await getPatient({ client, path });
      const given = chosen.filter((id) => !patient.tags.includes(id) && !newest.tags.includes(id));
      const taken = new Set(patient.tags.filter((id) => !chosen.includes(id)));
      const tags = [...newest.tags.filter((id) => !taken.has(id)), ...given];
      await updatePatient({ client, path, body: { ...newest, tags } });
      reload();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setIsChanging(false);
    }
  };
  return (
    <>
      <Checkboxes
        legend="Tags"
        of={clinic.patientTags ?? []}
        chosen={patient.tags}
        isDisabled={isChanging}
        onChange={(it) => void change(it)}
      />
      {problem !== undefined && <Problem text={problem} />}
    </>
  );
}

const DEVICES: readonly (readonly [Device, string])[] = [
  ["cgm", "Sensor"],
  ["bgm", "Meter"],
];

function Summaries({ patient, units }: { readonly patient: PatientV1; readonly units: Units }) {
  const rows = DEVICES.flatMap(([device, name]) =>
    PERIODS.map((period) => ({ device, name, period, of: periodOf(patient, device, period) })),
  ).filter(({ of }) => (of?.totalRecords ?? 0) > 0);
  if (rows.length === 0) return <p>No readings in the last 30 days.</p>;
  return (
    <>
      <RangeLegend />
      <table className="patients">
        <thead>
          <tr>
            <th scope="col">Of</th>
            <th scope="col">Time in range</th>
            <th scope="col">Average</th>
            <th scope="col">GMI</th>
            <th scope="col">Variation</th>
            <th scope="col">Readings</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ device, name, period, of }) => (
            <tr key={device + period}>
              <th scope="row">
                {name}, {nameOfPeriod(period)}
              </th>
              <td data-label="Time in range">
                <RangeBar of={of} />
              </td>
              <td data-label="Average">{glucoseText(of?.averageGlucoseMmol, units)}</td>
              <td data-label="GMI">
                {isOfSensor(of) && of.glucoseManagementIndicator !== undefined
                  ? `${of.glucoseManagementIndicator.toFixed(1)} %`
                  : "–"}
              </td>
              <td data-label="Variation">{percentText(of?.coefficientOfVariation)}</td>
              <td data-label="Readings">
                {of?.totalRecords}
                {isOfSensor(of) && <span className="detail">worn {percentText(of.timeCGMUsePercent)}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const CAUSES: Readonly<Record<Report["cause"], string>> = {
  sync: "for the EHR",
  request: "asked for here",
  view: "opened in the EHR",
};

function Reports(props: {
  readonly client: Client;
  readonly path: { readonly clinicId: string; readonly patientId: string };
  readonly clinic: ClinicV1;
}) {
  const { client, path, clinic } = props;
  const [problem, setProblem] = useState<string>();
  const [isMaking, setIsMaking] = useState(false);
  const answer: Answer<Report[]> = useAnswer(
    (signal) => listPatientReports({ client, path, signal }),
    [client, path.clinicId, path.patientId],
  );
  const make = async () => {
    setProblem(undefined);
    setIsMaking(true);
    try {
      await createPatientReport({ client, path, body: { bgUnits: clinic.preferredBgUnits } });
      answer.reload();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setIsMaking(false);
    }
  };
  const open = async (report: Report) => {
    setProblem(undefined);
    try {
      const file = await getPatientReport({ client, path: { ...path, reportId: report.id }, parseAs: "blob" });
      show(file, `report-${report.createdTime.slice(0, 10)}.pdf`);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <>
      <p>
        <button type="button" disabled={isMaking} onClick={() => void make()}>
          {isMaking ? "Making a report …" : "Make a report"}
        </button>
      </p>
      {problem !== undefined && <Problem text={problem} />}
      <Shown of={answer}>
        {(reports) =>
          reports.length === 0 ? (
            <p>No report yet.</p>
          ) : (
            <ul className="reports">
              {reports.map((report) => (
                <li key={report.id}>
                  <button type="button" className="link" onClick={() => void open(report)}>
                    Report of {momentText(report.createdTime)}
                  </button>{" "}
                  <span className="quiet">
                    {CAUSES[report.cause]}, PDF, {Math.ceil(report.size / 1024)} KB
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </>
  );
}

/** Gives a file to the browser, which shows or saves it. */
function show(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken the file by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
