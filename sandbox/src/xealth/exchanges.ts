/** A call of the service and its answer, to be shown. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request: unknown;
  readonly status: number;
  /** As JSON where it is some, otherwise as text. */
  readonly response: unknown;
}

const SECRET = /(restricted_token=)[^&"\s]+/g;

/** Without the token of a link: who reads it over a shoulder, or in a screenshot, could open the report. */
export const masked = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(SECRET, "$1…")) as T;

/** Calls the service as Xealth does. The secret stays here: no page gets it. */
export async function callService(
  { web, origin, bearerToken }: { web: Pick<Fetcher, "fetch">; origin: string; bearerToken: string },
  method: "POST" | "PUT",
  path: string,
  request: object,
): Promise<Exchange> {
  const response = await web.fetch(new URL(path, origin).href, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${bearerToken}` },
    body: JSON.stringify(request),
  });
  return { method, path, request, status: response.status, response: jsonOrText(await response.text()) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
