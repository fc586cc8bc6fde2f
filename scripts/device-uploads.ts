/** The operations of device data, as a client that uploads calls them. */

/** A data set that was opened. */
export interface OpenedSet {
  readonly id: string;
  readonly createdTime: string;
}

/** An answer that is no success. */
export class UploadError extends Error {
  readonly status: number;

  constructor(operation: string, status: number, said: string) {
    super(`${operation} answered ${status}${said === "" ? "" : `: ${said.slice(0, SAID_MAX)}`}`);
    this.status = status;
  }
}
const SAID_MAX = 300;

/**
 * Sends device data with one token. With a `key` a request carries it as Idempotency-Key: sent again it has no second effect
 * and gets the first answer.
 */
export class DeviceUploads {
  readonly #baseUrl: string;
  readonly #headers: Record<string, string>;

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    // Compressing would be the local server's work, not the Worker's.
    this.#headers = { "x-tidepool-session-token": token, "accept-encoding": "identity" };
  }

  /** The text of an answer; throws where it is no success. */
  async send(
    operation: string,
    method: string,
    path: string,
    { body, key }: { readonly body?: string; readonly key?: string | undefined } = {},
  ): Promise<string> {
    const response = await fetch(`${this.#baseUrl}${path}`, {
      method,
      headers: {
        ...this.#headers,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key !== undefined && { "idempotency-key": `${operation} ${encodeURIComponent(key)}` }),
      },
      body: body ?? null,
    });
    const said = await response.text();
    if (!response.ok) throw new UploadError(operation, response.status, said);
    return said;
  }

  async open(userId: string, set: object, key?: string): Promise<OpenedSet> {
    const body = JSON.stringify(set);
    const answer = await this.send("OpenDataSet", "POST", `/v1/users/${userId}/data_sets`, { body, key });
    return (JSON.parse(answer) as { data: OpenedSet }).data;
  }

  /** Adds the data of one request, as JSON. */
  async add(setId: string, body: string, key?: string): Promise<void> {
    await this.send("AddData", "POST", `/v1/data_sets/${setId}/data`, { body, key });
  }

  async close(setId: string, key?: string): Promise<void> {
    await this.send("UpdateDataSet", "PUT", `/v1/data_sets/${setId}`, { body: '{"dataState":"closed"}', key });
  }

  /** Has a summary calculated now; of data there have to be some. */
  async summarise(kind: "cgm" | "bgm", userId: string): Promise<void> {
    await this.send("RecomputeSummary", "POST", `/v1/summaries/${kind}/${userId}`);
  }
}
