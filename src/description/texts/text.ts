/** What the published description says of a parameter or a property. */
export interface Text {
  readonly description: string;
  readonly example?: unknown;
  /** All values that are taken, where the schema doesn't list them. */
  readonly values?: readonly string[];
}

/** Texts by key. A text without an example may be the description alone. */
export type Texts = Readonly<Record<string, string | Text>>;

/** Texts under longer keys: `{rate}` of `suppressed` → `suppressed.rate`. */
export const within = (path: string, texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [`${path}.${key}`, text]));

/** Texts as keys of components: `{name}` of `site.v1` → `site.v1#name`. `*` is every component. */
export const of = (components: string | readonly string[], texts: Texts): Texts =>
  Object.fromEntries(
    [components]
      .flat()
      .flatMap((component) => Object.entries(texts).map(([key, text]) => [`${component}#${key}`, text] as const)),
  );
