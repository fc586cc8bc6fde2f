import { useEffect, useState } from "react";
import { type AuditEntryV1, type Client, ClinicsError, listPatientAudit, withResponse } from "../../client/index.ts";
import { problemOf } from "./answer.ts";
import { Problem } from "./parts.tsx";
import { momentText } from "./texts.ts";

const AT_ONCE = 10;

interface Seen {
  readonly entries: readonly AuditEntryV1[];
  /** Where the next page begins; undefined at the end. */
  readonly cursor: string | undefined;
}

/** Who has seen a patient's record in the clinic, newest first; for admins alone. */
export function SeenBy(props: {
  readonly client: Client;
  readonly path: { readonly clinicId: string; readonly patientId: string };
}) {
  const { client, path } = props;
  const [seen, setSeen] = useState<Seen>();
  const [failure, setFailure] = useState<unknown>();
  const [isLoading, setIsLoading] = useState(false);
  const read = async (before: Seen | undefined, signal?: AbortSignal) => {
    setIsLoading(true);
    setFailure(undefined);
    try {
      const query = { limit: AT_ONCE, cursor: before?.cursor };
      const { data, response } = await withResponse(listPatientAudit, { client, path, query, signal });
      if (signal?.aborted) return;
      const cursor = response.headers.get("x-next-cursor") ?? undefined;
      setSeen({ entries: [...(before?.entries ?? []), ...(data ?? [])], cursor });
    } catch (error) {
      if (!signal?.aborted) setFailure(error);
    } finally {
      if (!signal?.aborted) setIsLoading(false);
    }
  };
  useEffect(() => {
    const waiting = new AbortController();
    setSeen(undefined);
    void read(undefined, waiting.signal);
    return () => waiting.abort();
  }, [client, path.clinicId, path.patientId]);
  if (failure instanceof ClinicsError && failure.status === 403)
    return <p>Only admins of the clinic can see who has seen this record.</p>;
  return (
    <>
      {failure !== undefined && <Problem text={problemOf(failure)} />}
      {seen === undefined && isLoading && <p role="status">Loading …</p>}
      {seen !== undefined && <Entries of={seen.entries} isAll={seen.cursor === undefined} />}
      {seen?.cursor !== undefined && (
        <p>
          <button type="button" disabled={isLoading} onClick={() => void read(seen)}>
            More
          </button>
        </p>
      )}
    </>
  );
}

function Entries({ of, isAll }: { readonly of: readonly AuditEntryV1[]; readonly isAll: boolean }) {
  if (of.length === 0) return <p>{isAll ? "Nobody yet." : "Nobody lately."}</p>;
  return (
    <table className="patients" aria-label="Who has seen this record">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">Service</th>
        </tr>
      </thead>
      <tbody>
        {of.map((it) => (
          <tr key={it.id}>
            <th scope="row">{momentText(it.time)}</th>
            <td data-label="Who">{it.actorKind === "service" ? "–" : (it.actorName ?? it.actorId)}</td>
            <td data-label="What">
              {it.operation} <span className="detail">{it.outcome}</span>
            </td>
            <td data-label="Service">{it.actorKind === "service" ? it.actorId : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
