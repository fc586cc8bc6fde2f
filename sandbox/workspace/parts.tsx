import type { ReactNode } from "react";
import type { Answer } from "./answer.ts";
import { percentText, type TimeInRanges } from "./glucose.ts";

const RANGES = [
  { part: "timeInVeryLowPercent", name: "very low", className: "very-low" },
  { part: "timeInLowPercent", name: "low", className: "low" },
  { part: "timeInTargetPercent", name: "in range", className: "target" },
  { part: "timeInHighPercent", name: "high", className: "high" },
  { part: "timeInVeryHighPercent", name: "very high", className: "very-high" },
] as const;

/** Time in ranges as a bar: what is in range is written, all of it is read out. */
export function RangeBar({ of }: { readonly of: TimeInRanges | undefined }) {
  if (of?.timeInTargetPercent === undefined) return <span className="quiet">not enough data</span>;
  const text = RANGES.map(({ part, name }) => `${name} ${percentText(of[part])}`).join(", ");
  return (
    <span className="ranges" role="img" aria-label={text} title={text}>
      <span className="bar">
        {RANGES.map(({ part, className }) => (
          <span key={part} className={className} style={{ width: `${(of[part] ?? 0) * 100}%` }} />
        ))}
      </span>
      <span className="of-target">{percentText(of.timeInTargetPercent)}</span>
    </span>
  );
}

export function RangeLegend() {
  return (
    <p className="legend" aria-hidden="true">
      {RANGES.map(({ part, name, className }) => (
        <span key={part}>
          <span className={`key ${className}`} /> {name}
        </span>
      ))}
    </p>
  );
}

/** What is shown of an answer: a problem, that it is awaited, or what the children make of it. */
export function Shown<T>({ of, children }: { readonly of: Answer<T>; readonly children: (value: T) => ReactNode }) {
  const { value, problem, isLoading } = of;
  if (problem !== undefined) return <Problem text={problem} />;
  if (value === undefined) return <p role="status">Loading …</p>;
  return <div aria-busy={isLoading}>{children(value)}</div>;
}

export function Problem({ text }: { readonly text: string }) {
  return (
    <p className="problem" role="alert">
      {text}
    </p>
  );
}

export interface Choice<V extends string> {
  readonly value: V;
  readonly text: string;
}

/** A labelled choice of one. */
export function Select<V extends string>(props: {
  readonly label: string;
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
}) {
  const { label, value, choices, onChange } = props;
  return (
    <label className="field">
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value as V)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.text}
          </option>
        ))}
      </select>
    </label>
  );
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** Any number of tags or sites, each of which can be chosen. */
export function Checkboxes(props: {
  readonly legend: string;
  readonly of: readonly Named[];
  readonly chosen: readonly string[];
  readonly isDisabled?: boolean;
  readonly onChange: (ids: readonly string[]) => void;
}) {
  const { legend, of, chosen, isDisabled = false, onChange } = props;
  if (of.length === 0) return null;
  const toggle = (id: string) => onChange(chosen.includes(id) ? chosen.filter((it) => it !== id) : [...chosen, id]);
  return (
    <fieldset className="chips" disabled={isDisabled}>
      <legend>{legend}</legend>
      {of.map(({ id, name }) => (
        <label key={id}>
          <input type="checkbox" checked={chosen.includes(id)} onChange={() => toggle(id)} /> {name}
        </label>
      ))}
    </fieldset>
  );
}
