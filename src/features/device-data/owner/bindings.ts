import type { Bindings } from "../../../platform/core/settings.ts";
import type { AuditMessage } from "../../../platform/audit/audit-store.ts";
import type { ChartData } from "../../reports/model/chart-data.ts";
import type { SummaryKind } from "../../summaries/compute/kinds.ts";
import type { PackedData } from "./packed.ts";
import type { Position } from "../model/query.ts";
import type { ObjectQuery, Page } from "./query-store.ts";
import type { SetFilter, SetRow } from "./sets-store.ts";

/** Who writes, and how a repeat is recognised. */
export interface Write {
  readonly ownerId: string;
  /** Epoch milliseconds of the request. */
  readonly now: number;
  readonly audit: AuditMessage;
  /** Of a request with an Idempotency-Key. */
  readonly repeat: { readonly id: string; readonly fingerprint: string; readonly expiresAt: number } | undefined;
  /** Who sent it, by which client and from where, as JSON. */
  readonly provenance: string;
}

/** Why an object has changed nothing: exceptions would lose their class on the way. */
export type Refused =
  | "unknown set"
  | "closed set"
  | "not allowed"
  /** The Idempotency-Key was used for another request. */
  | "other request"
  | { readonly takenIds: readonly string[] };

/** What became of a request: its answer, also when it was given before; or nothing has changed. */
export type Outcome<T> = { readonly answer: T } | { readonly refused: Refused };

/** A data set as it is opened. */
export interface NewSet {
  readonly id: string;
  readonly record: string;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly isContinuous: boolean;
  readonly deduplicator: string;
  readonly version: string;
  readonly deviceId: string | null;
  readonly clientName: string | null;
  readonly openedBy: string | null;
}

/** What a continuous set is changed to. Members that are not given stay as they are. */
export interface SetChange {
  readonly record: Readonly<Record<string, unknown>>;
  readonly time: number | undefined;
  readonly isClosed: boolean;
}

/** Which data of a set are to be removed: of one of the lists that has members. */
export interface Selection {
  readonly ids: readonly string[];
  /** The first bits of hashes (`hashNumber`). */
  readonly hashes: readonly number[];
  readonly origins: readonly string[];
}

/** The object that holds the data of one person, as it is called. */
export interface DataOwner extends Rpc.DurableObjectBranded {
  openSet(set: NewSet, write: Write): Promise<Outcome<SetRow>>;
  findSet(id: string): Promise<SetRow | undefined>;
  listSets(filter: SetFilter): Promise<SetRow[]>;
  /** Closes a normal set, whatever the change says; changes a continuous one. */
  changeSet(id: string, change: SetChange, write: Write): Promise<Outcome<SetRow>>;
  /** `onlyOwn`: the caller may delete a set only if they opened it. */
  deleteSet(id: string, onlyOwn: boolean, write: Write): Promise<Outcome<null>>;
  addData(id: string, data: PackedData, write: Write): Promise<Outcome<null>>;
  removeData(id: string, selection: Selection, write: Write): Promise<Outcome<null>>;
  /**
   * All data that a `StreamedQuery` asks for, as a JSON list (query-stream.ts). The body of an answer goes through a Worker as it
   * is; of a stream that a call returns each part would be copied.
   */
  fetch(input: Request | string, init?: RequestInit): Promise<Response>;
  /** A page behind a position. */
  query(query: ObjectQuery, after: Position | undefined, limit: number): Promise<Outcome<Page>>;
  /** Destroys everything; the summaries disappear from every clinic. */
  destroy(write: Write): Promise<Outcome<null>>;
  /** What a report draws of the data from one time to another, epoch milliseconds, both inclusive. */
  chart(from: number, to: number): Promise<ChartData | undefined>;
  /** A summary as it was calculated last, as JSON. */
  summary(kind: SummaryKind): Promise<string | undefined>;
  /** Calculates all summaries that are out of date, and the one asked for, now; tells clinics of them. */
  recompute(kind: SummaryKind): Promise<string | undefined>;
  /** Sees to it that what is out of date is calculated, and what clinics do not know yet is told them. */
  wake(): Promise<void>;
}

/** What the deployment binds for device data (wrangler.toml). */
interface DataBindings {
  readonly DEVICE_DATA: DurableObjectNamespace<DataOwner>;
}

/** The object of a person. */
export const dataOwnerOf = (bindings: Bindings, userId: string) =>
  (bindings as Bindings & DataBindings).DEVICE_DATA.getByName(userId);
