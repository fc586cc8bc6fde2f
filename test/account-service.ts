/** An account as an account service keeps it. */
export interface StoredAccount {
  userid: string;
  username: string;
  emails: string[];
  roles: string[];
}

const ADDRESS = /^[^\s@]+@[^\s@]+$/;
/** What stands where an account has no address. */
const PLACEHOLDER = /^unclaimed-custodial-automation\+\d{20}@/;
const notFound = () => new Response("{}", { status: 404 });

/**
 * An account service as deployments have one (authorization.md §2, patients.md §4.1 of the specifications): it keeps what it
 * is told, and answers whoever asks with a server's token.
 */
export class AccountService {
  readonly url: string;
  readonly token: string;
  readonly accounts = new Map<string, StoredAccount>();
  readonly profiles = new Map<string, object>();
  /** What it was asked, as `METHOD /path`. */
  readonly asked: string[] = [];
  /** Answers in its place, where it answers anything. */
  outage: ((method: string, path: string) => Response | Promise<Response> | undefined) | undefined;
  /** Some versions show the text that stands where there is no address. */
  showsPlaceholders = false;
  /** How long it takes to answer. */
  latencyMs = 0;
  /** How many answers were waited for at once, at most. */
  peak = 0;
  #waiting = 0;
  #placeholders = 0;
  readonly #answers: { readonly to: string; readonly response: Response }[] = [];

  constructor({ url = "https://accounts.test", token = "server-token" } = {}) {
    this.url = url;
    this.token = token;
  }

  /** Puts an account in its place, or in that of another with the same id. */
  put(account: { userid: string; email: string | null; roles: string[] }, profile?: object): void {
    const { userid, email, roles } = account;
    this.accounts.set(userid, { userid, roles, username: "", emails: [] });
    this.#setEmail(this.accounts.get(userid)!, email ?? "");
    if (profile) this.profiles.set(userid, profile);
  }

  /** Answers as `fetch` would. */
  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(input, init);
    const { origin, pathname } = new URL(request.url);
    if (origin !== this.url) throw new Error(`unexpected outgoing call to ${origin}`);
    this.peak = Math.max(this.peak, ++this.#waiting);
    try {
      if (this.latencyMs > 0) await scheduler.wait(this.latencyMs);
      const response = await this.#answer(request, pathname);
      this.#answers.push({ to: `${request.method} ${pathname}`, response });
      return response;
    } finally {
      this.#waiting -= 1;
    }
  };

  /** Answers whose bodies were neither read nor cancelled: each holds its connection. */
  unread(): string[] {
    return this.#answers.filter(({ response }) => response.body && !response.bodyUsed).map(({ to }) => to);
  }

  async #answer(request: Request, pathname: string): Promise<Response> {
    const { method } = request;
    this.asked.push(`${method} ${pathname}`);
    const failure = this.outage?.(method, pathname);
    if (failure) return failure;
    if (request.headers.get("x-tidepool-session-token") !== this.token) return new Response(null, { status: 401 });
    const body = method === "POST" || method === "PUT" ? await request.json<any>() : undefined;
    const path = pathname.split("/").map(decodeURIComponent).slice(1);
    if (path[0] === "metadata" && path[2] === "profile") return this.#profile(method, path[1]!, body);
    if (path[0] === "auth" && path[1] === "user") return this.#account(method, path[2], body);
    return notFound();
  }

  #profile(method: string, userid: string, body: object): Response {
    if (method === "PUT") this.profiles.set(userid, body);
    const profile = this.profiles.get(userid);
    return profile ? Response.json(profile) : notFound();
  }

  #account(method: string, userid: string | undefined, body: any): Response {
    if (method === "POST") {
      const refusal = this.#refusal(body.username);
      if (refusal) return refusal;
      const userid = crypto.randomUUID();
      this.put({ userid, email: body.username ?? null, roles: body.roles ?? [] });
      return Response.json(this.#shown(this.accounts.get(userid)!), { status: 201 });
    }
    const account = this.accounts.get(userid ?? "") ?? this.#withAddress(method === "GET" ? userid : undefined);
    if (!account) return notFound();
    if (method === "DELETE") {
      this.accounts.delete(account.userid);
      this.profiles.delete(account.userid);
      return new Response(null, { status: 202 });
    }
    if (method === "PUT") {
      const { username, roles } = body.updates;
      const refusal = this.#refusal(username, account.userid);
      if (refusal) return refusal;
      if (username !== undefined) this.#setEmail(account, username);
      if (roles !== undefined) account.roles = roles;
    }
    return Response.json(this.#shown(account));
  }

  #withAddress(address: string | undefined): StoredAccount | undefined {
    if (!address?.includes("@")) return undefined;
    return [...this.accounts.values()].find(({ username }) => username.toLowerCase() === address.toLowerCase());
  }

  #refusal(username: string | undefined, ownId?: string): Response | undefined {
    if (!username) return undefined;
    if (!ADDRESS.test(username)) return new Response("{}", { status: 400 });
    const isTaken = [...this.accounts.values()].some(
      (it) => it.userid !== ownId && it.username.toLowerCase() === username.toLowerCase(),
    );
    return isTaken ? new Response("{}", { status: 409 }) : undefined;
  }

  #setEmail(account: StoredAccount, email: string): void {
    const digits = String(++this.#placeholders).padStart(20, "0");
    account.username = email || `unclaimed-custodial-automation+${digits}@accounts.test`;
    account.emails = email ? [email] : [];
  }

  #shown(account: StoredAccount): object {
    const { username, ...rest } = account;
    return PLACEHOLDER.test(username) && !this.showsPlaceholders ? rest : account;
  }
}
