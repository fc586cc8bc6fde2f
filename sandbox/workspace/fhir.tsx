import { useState } from "react";
import { type Client, fhirCgmSummary } from "../../client/index.ts";
import { useAnswer } from "./answer.ts";
import { Shown } from "./parts.tsx";

const PERIODS = ["14d", "30d", "7d", "1d"] as const;

interface Quantity {
  readonly value: number;
  readonly unit: string;
}

/** What is shown of a resource. */
interface Resource {
  readonly resourceType: string;
  readonly id?: string;
  readonly code?: { readonly coding: readonly { readonly code: string }[] };
  readonly effectivePeriod?: { readonly start: string; readonly end: string };
  readonly valueQuantity?: Quantity;
  readonly component?: readonly { readonly valueQuantity: Quantity }[];
  readonly hasMember?: readonly unknown[];
}

/** LOINC codes in our own words. */
const NAMES: Readonly<Record<string, string>> = {
  "107931-8": "Panel",
  "97507-8": "Mean",
  "105273-7": "Mean",
  "106793-3": "Times in ranges",
  "97506-0": "GMI",
  "104638-2": "Coefficient of variation",
  "104636-6": "Days of wear",
  "104637-4": "Sensor active",
};

const text = ({ value, unit }: Quantity): string => `${value} ${unit}`;

function valueOf({ valueQuantity, component, hasMember }: Resource): string {
  if (valueQuantity) return text(valueQuantity);
  if (component) return component.map((it) => text(it.valueQuantity)).join(", ");
  return `${hasMember?.length ?? 0} members`;
}

/** The FHIR view of a patient: the sensor's summary of one period, and each resource as it is. */
export function Fhir(props: {
  readonly client: Client;
  readonly path: { readonly clinicId: string; readonly patientId: string };
}) {
  const { client, path } = props;
  const [period, setPeriod] = useState<string>(PERIODS[0]);
  const recordId = `${path.clinicId}.${path.patientId.replaceAll("-", "")}`;
  const answer = useAnswer(
    async (signal) => {
      const bundle = await fhirCgmSummary({ client, path: { recordId }, query: { period }, signal });
      return (bundle as unknown as { entry: readonly { resource: Resource }[] }).entry.map(({ resource }) => resource);
    },
    [client, recordId, period],
  );
  return (
    <>
      <p>
        <label>
          Period{" "}
          <select value={period} onChange={(event) => setPeriod(event.target.value)}>
            {PERIODS.map((it) => (
              <option key={it}>{it}</option>
            ))}
          </select>
        </label>
      </p>
      <Shown of={answer}>
        {(resources) => (
          <table className="patients" aria-label="As FHIR">
            <thead>
              <tr>
                <th scope="col">Resource</th>
                <th scope="col">Value</th>
                <th scope="col">Days</th>
                <th scope="col">JSON</th>
              </tr>
            </thead>
            <tbody>
              {resources.map((it) => (
                <Row key={it.id ?? it.resourceType} of={it} />
              ))}
            </tbody>
          </table>
        )}
      </Shown>
    </>
  );
}

function Row({ of }: { readonly of: Resource }) {
  const name = NAMES[of.code?.coding[0]?.code ?? ""] ?? of.resourceType;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label="Value">{of.code ? valueOf(of) : "–"}</td>
      <td data-label="Days">{of.effectivePeriod ? `${of.effectivePeriod.start} – ${of.effectivePeriod.end}` : "–"}</td>
      <td data-label="JSON">
        <details>
          <summary>{`${name} as JSON`}</summary>
          <pre>{JSON.stringify(of, undefined, 2)}</pre>
        </details>
      </td>
    </tr>
  );
}
