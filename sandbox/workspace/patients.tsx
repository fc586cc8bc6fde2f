import { type Dispatch, type SetStateAction, useDeferredValue, useState } from "react";
import { type Client, type ClinicV1, type ListPatientsData, listPatients, type PatientV1 } from "../../client/index.ts";
import { useAnswer } from "./answer.ts";
import {
  type Device,
  glucoseText,
  isOfSensor,
  lastDataOf,
  nameOfPeriod,
  PERIODS,
  type Period,
  percentText,
  periodOf,
} from "./glucose.ts";
import { Checkboxes, type Choice, RangeBar, RangeLegend, Select, Shown } from "./parts.tsx";
import { agoText, countText, dateText } from "./texts.ts";

type Query = NonNullable<ListPatientsData["query"]>;
type SortField = "fullName" | "birthDate" | "timeInTargetPercent" | "averageGlucoseMmol" | "lastData";

/** What the list is asked for. It outlives the list: whoever comes back from a patient finds it as it was. */
export interface Asked {
  readonly search: string;
  readonly period: Period;
  readonly device: Device;
  readonly finding: Finding;
  readonly tags: readonly string[];
  readonly sites: readonly string[];
  readonly sort: `${"+" | "-"}${SortField}`;
  readonly page: number;
}

export const ASKED_FIRST: Asked = {
  search: "",
  period: "14d",
  device: "cgm",
  finding: "all",
  tags: [],
  sites: [],
  sort: "+fullName",
  page: 0,
};

const PAGE_SIZE = 10;

/** The thresholds are those of the international consensus on time in range. */
const FINDINGS = {
  all: { text: "Everybody", statistic: undefined, value: "" },
  veryLow: { text: "More than 1 % very low", statistic: "timeInVeryLowPercent", value: ">0.01" },
  low: { text: "More than 4 % low", statistic: "timeInAnyLowPercent", value: ">0.04" },
  target: { text: "Less than 70 % in range", statistic: "timeInTargetPercent", value: "<0.7" },
  high: { text: "More than 25 % high", statistic: "timeInAnyHighPercent", value: ">0.25" },
} as const;
type Finding = keyof typeof FINDINGS;

const FINDING_CHOICES = Object.entries(FINDINGS).map(([value, { text }]) => ({ value: value as Finding, text }));
const PERIOD_CHOICES = PERIODS.map((value) => ({ value, text: nameOfPeriod(value) }));
const DEVICE_CHOICES: readonly Choice<Device>[] = [
  { value: "cgm", text: "Sensor (CGM)" },
  { value: "bgm", text: "Meter (BGM)" },
];

const COLUMNS: readonly { readonly field: SortField; readonly text: string; readonly first: "+" | "-" }[] = [
  { field: "fullName", text: "Patient", first: "+" },
  { field: "birthDate", text: "Born", first: "+" },
  { field: "timeInTargetPercent", text: "Time in range", first: "+" },
  { field: "averageGlucoseMmol", text: "Average", first: "-" },
  { field: "lastData", text: "Last data", first: "-" },
];

function queryOf({ search, period, device, finding, tags, sites, sort, page }: Asked): Query {
  const { statistic, value } = FINDINGS[finding];
  return {
    ...(search.trim() !== "" && { search: search.trim() }),
    period,
    sort,
    sortType: device,
    offset: page * PAGE_SIZE,
    limit: PAGE_SIZE,
    ...(tags.length > 0 && { tags: [...tags] }),
    ...(sites.length > 0 && { sites: [...sites] }),
    ...(statistic !== undefined && { [`${device}.${statistic}`]: value }),
  };
}

/** The patients of a clinic: searched, filtered, sorted, a page at a time. */
export function Patients(props: {
  readonly client: Client;
  readonly clinic: ClinicV1;
  readonly asked: Asked;
  readonly setAsked: Dispatch<SetStateAction<Asked>>;
  readonly linkTo: (patientId: string) => string;
}) {
  const { client, clinic, asked, setAsked, linkTo } = props;
  const query = queryOf(useDeferredValue(asked));
  const answer = useAnswer(
    (signal) => listPatients({ client, path: { clinicId: clinic.id }, query, signal }),
    [client, clinic.id, JSON.stringify(query)],
  );
  /** Another question begins with its first page. */
  const ask = (change: Partial<Asked>) => setAsked((before) => ({ ...before, page: 0, ...change }));
  return (
    <>
      <h1>Patients of {clinic.name}</h1>
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label className="field">
          Name, birth date, MRN
          <input type="search" value={asked.search} onChange={(event) => ask({ search: event.target.value })} />
        </label>
        <Select label="Period" value={asked.period} choices={PERIOD_CHOICES} onChange={(period) => ask({ period })} />
        <Select label="Device" value={asked.device} choices={DEVICE_CHOICES} onChange={(device) => ask({ device })} />
        <Select label="Show" value={asked.finding} choices={FINDING_CHOICES} onChange={(finding) => ask({ finding })} />
        <Checkboxes
          legend="Tags"
          of={clinic.patientTags ?? []}
          chosen={asked.tags}
          onChange={(tags) => ask({ tags })}
        />
        <Checkboxes legend="Sites" of={clinic.sites ?? []} chosen={asked.sites} onChange={(sites) => ask({ sites })} />
      </form>
      <Shown of={answer}>
        {({ data, meta }) => (
          <>
            <PatientTable {...{ clinic, asked, ask, linkTo, patients: data, count: meta.count ?? data.length }} />
            <Pager page={asked.page} count={meta.count ?? data.length} onPage={(page) => ask({ page })} />
          </>
        )}
      </Shown>
    </>
  );
}

function PatientTable(props: {
  readonly clinic: ClinicV1;
  readonly asked: Asked;
  readonly ask: (change: Partial<Asked>) => void;
  readonly linkTo: (patientId: string) => string;
  readonly patients: readonly PatientV1[];
  readonly count: number;
}) {
  const { clinic, asked, ask, linkTo, patients, count } = props;
  const tagNames = new Map((clinic.patientTags ?? []).map(({ id, name }) => [id, name]));
  return (
    <>
      <RangeLegend />
      <table className="patients">
        <caption role="status">{countText(count, "patient")}</caption>
        <thead>
          <tr>
            {COLUMNS.map(({ field, text, first }) => (
              <th key={field} scope="col" aria-sort={sortedBy(asked.sort, field)}>
                <button
                  type="button"
                  className="sort"
                  onClick={() => ask({ sort: nextSort(asked.sort, field, first) })}
                >
                  {text}
                </button>
              </th>
            ))}
            <th scope="col">Tags</th>
          </tr>
        </thead>
        <tbody>
          {patients.map((patient) => {
            const period = periodOf(patient, asked.device, asked.period);
            return (
              <tr key={patient.id}>
                <th scope="row">
                  <a href={linkTo(patient.id)}>{patient.fullName}</a>
                  {patient.mrn !== undefined && <span className="detail">{patient.mrn}</span>}
                </th>
                <td data-label="Born">{dateText(patient.birthDate)}</td>
                <td data-label="Time in range">
                  <RangeBar of={period} />
                </td>
                <td data-label="Average">
                  {glucoseText(period?.averageGlucoseMmol, clinic.preferredBgUnits)}
                  {isOfSensor(period) && <span className="detail">worn {percentText(period.timeCGMUsePercent)}</span>}
                </td>
                <td data-label="Last data">{agoText(lastDataOf(patient, asked.device))}</td>
                <td data-label="Tags">{patient.tags.map((id) => tagNames.get(id) ?? id).join(", ")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

function Pager(props: { readonly page: number; readonly count: number; readonly onPage: (page: number) => void }) {
  const { page, count, onPage } = props;
  const pages = Math.ceil(count / PAGE_SIZE);
  if (pages <= 1) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <button type="button" className="plain" disabled={page === 0} onClick={() => onPage(page - 1)}>
        Back
      </button>
      <span role="status">
        Page {page + 1} of {pages}
      </span>
      <button type="button" className="plain" disabled={page + 1 >= pages} onClick={() => onPage(page + 1)}>
        Next
      </button>
    </nav>
  );
}

const sortedBy = (sort: Asked["sort"], field: SortField) =>
  sort.slice(1) === field ? (sort.startsWith("+") ? "ascending" : "descending") : undefined;

/** The other way round, if it is sorted by this already. */
const nextSort = (sort: Asked["sort"], field: SortField, first: "+" | "-"): Asked["sort"] =>
  sort.slice(1) === field ? `${sort.startsWith("+") ? "-" : "+"}${field}` : `${first}${field}`;

/** The state of the list, beside the views that come and go. */
export const useAsked = () => useState(ASKED_FIRST);
