import { hex } from "../../../platform/core/ids.ts";

/** The key of a report's object: its id, and nothing that says whose it is. */
export const objectKey = (reportId: string): string => `reports/${reportId}.pdf`;

export interface ReportOrigin {
  readonly reportId: string;
  readonly clinicId: string;
  readonly userId: string;
  /** In epoch milliseconds; undefined when it is about no data. */
  readonly period: { readonly start: number; readonly end: number } | undefined;
}

/** The SHA-256 of a report, as hex. */
export const sha256Of = async (bytes: Uint8Array): Promise<string> =>
  hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

/** Stores the bytes of a report, whole. Storing the same report again replaces it. */
export async function storeReport(
  bucket: R2Bucket,
  { reportId, clinicId, userId, period }: ReportOrigin,
  bytes: Uint8Array,
  sha256: string,
): Promise<void> {
  const interval = period && `${new Date(period.start).toISOString()}/${new Date(period.end).toISOString()}`;
  await bucket.put(objectKey(reportId), bytes, {
    httpMetadata: { contentType: "application/pdf" },
    // Where it was made: the record may have moved to another clinic since.
    customMetadata: { clinic: clinicId, user: userId, report: reportId, period: interval ?? "", sha256 },
    sha256,
  });
}

/** The bytes of a stored report; undefined when there are none. */
export async function readReport(bucket: R2Bucket, reportId: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const object = await bucket.get(objectKey(reportId));
  return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
}

/** A part of a stored report as a stream; undefined when there is none. */
export async function openReport(
  bucket: R2Bucket,
  reportId: string,
  range: { readonly offset: number; readonly length: number },
): Promise<ReadableStream | undefined> {
  return (await bucket.get(objectKey(reportId), { range }))?.body;
}

/** Deletes the bytes of at most a thousand reports. */
export const deleteReports = (bucket: R2Bucket, reportIds: readonly string[]): Promise<void> =>
  bucket.delete(reportIds.map(objectKey));
