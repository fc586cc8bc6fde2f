/** What the description says about a parameter or a property. */
export interface Text {
  readonly description: string;
  /** Where the form is not obvious. */
  readonly example?: unknown;
}

/** Texts by what they are about; the key says where it applies. */
export type Texts = Readonly<Record<string, string | Text>>;
