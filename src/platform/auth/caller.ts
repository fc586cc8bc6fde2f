/** A signed-in person: patient, clinician, or a machine account that a clinic has added. */
export interface Person {
  readonly kind: "person";
  readonly id: string;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
  readonly name: string | undefined;
  readonly identityProvider: string | undefined;
  /** The client the token was issued to. */
  readonly clientId?: string | undefined;
}

/** A backend service, by token or by service binding. */
export interface Service {
  readonly kind: "service";
  readonly id: string;
  /** The operations a bound service may use; undefined means all. */
  readonly scopes: ReadonlySet<string> | undefined;
  readonly clientId?: string | undefined;
}

export type Caller = Person | Service;
