/**
 * Who may import whom, as one table. The first row that matches a file holds for it; what it may not import is refused
 * whatever it would take from there, types included, unless the row says so.
 */
export interface Layer {
  readonly files: RegExp;
  readonly why: string;
  /** What these files may import, by path or package. Absent: anything the wings allow. */
  readonly may?: RegExp;
  /** What they may not import. */
  readonly never?: RegExp;
  /** What they may import the types of, though `never` or `may` says no. */
  readonly typesOf?: RegExp;
}

const STATEMENTS = String.raw`(?:store|\w[\w-]*-store|read|\w[\w-]*-read|guards|\w[\w-]*-guards)\.ts$`;
const isStatementFile = new RegExp(String.raw`^src/(?:platform|features)/.*/${STATEMENTS}`);

/** One direction: entry, features, platform. */
export const WINGS: readonly Layer[] = [
  { files: /^src\/platform\//, never: /^src\/(?:features|entry)\//, why: "platform imports no feature" },
  { files: /^src\/features\//, never: /^src\/entry\//, why: "features import no wiring" },
  {
    files: /^src\/(?!description\/)/,
    never: /^src\/description\//,
    why: "texts of the description stay out of the Worker's bundle",
  },
  { files: /^src\//, never: /^(?:test|scripts|bench|sandbox)\/|\.test\.ts$/, why: "the product never imports tests" },
];

/** Packages that have one place: a second one would be a second way. */
export const PACKAGES: readonly Layer[] = [
  { files: /^src\//, never: /^zod$/, why: "z comes from @hono/zod-openapi: a second instance has no OpenAPI methods" },
  { files: /^src\//, never: /^hono\/jw[tk]$/, why: "tokens are verified with jose" },
  {
    files: /^src\/(?!platform\/request\/|entry\/)/,
    never: /^hono(?:\/|$)/,
    why: "only the request pipeline knows HTTP",
  },
  {
    files: new RegExp(`^src/(?!platform/db/|features/tables/|entry/health|.*/${STATEMENTS})`),
    never: /^drizzle-orm/,
    typesOf: /^drizzle-orm/,
    why: "SQL stands in statement files: store, *-store, read, *-read, guards, *-guards",
  },
];

/** What each kind of file may import. */
export const KINDS: readonly Layer[] = [
  {
    files: /\/routes\/index\.ts$/,
    may: /^src\/features\/[\w-]+\/routes\/|^src\/platform\/request\//,
    why: "lists its own routes",
  },
  {
    files: /\/routes\/[\w-]+\.ts$/,
    never: new RegExp(String.raw`/routes/|^src/platform/db/|^src/features/tables/|/${STATEMENTS}`),
    why: "a route calls its verb; only verbs and statement files reach the database",
  },
  {
    files: /\/rules\.ts$|\/statistics\.ts$/,
    may: /\/rules\.ts$|\/statistics\.ts$|^src\/platform\/(?:text|core\/(?:ids|errors))/,
    typesOf: /^src\//,
    why: "rules are pure: no clock, no database, no request, no schema library",
  },
  {
    files: /\/schema\.ts$|-schema\.ts$/,
    never: new RegExp(String.raw`^src/platform/(?:db|request|outbox)/|/${STATEMENTS}`),
    typesOf: /^src\//,
    why: "wire shapes know rows by type only",
  },
  { files: isStatementFile, never: /^src\/platform\/request\/|\/routes\//, why: "statements know no request" },
  { files: /^src\/entry\//, why: "entry wires everything" },
  { files: /^src\//, never: /\/routes\//, why: "routes are imported by their own list, and lists by entry" },
];

/** Folders: what is shared between slices stands in their models, in tables and in access. */
export interface Import {
  readonly from: string;
  /** A path from the root of the checkout, or the name of a package. */
  readonly to: string;
  readonly isType: boolean;
}

const STATEMENT = /(?:^|\n)\s*(?:import|export)\s+(?:(type)\s+)?(?:[^;"']*?\sfrom\s+)?"([^"]+)"/g;
const CALL = /\bimport\(\s*"([^"]+)"\s*\)/g;

/** Everything a source imports, with `import type` told from the rest. */
export function importsOf(file: string, text: string): Import[] {
  const resolved = (specifier: string) =>
    specifier.startsWith(".") ? new URL(specifier, `file:///${file}`).pathname.slice(1) : specifier;
  return [
    ...[...text.matchAll(STATEMENT)].map(([, type, to]) => ({
      from: file,
      to: resolved(to!),
      isType: type === "type",
    })),
    ...[...text.matchAll(CALL)].map(([, to]) => ({ from: file, to: resolved(to!), isType: false })),
  ];
}

/** What the table says against one import; nothing when it is allowed. */
export function refusalOf({ from, to, isType }: Import): string | undefined {
  for (const table of [WINGS, PACKAGES]) {
    const broken = table.find(
      ({ files, never, typesOf }) => files.test(from) && never?.test(to) && !(isType && typesOf?.test(to)),
    );
    if (broken) return `${from} imports ${to}: ${broken.why}`;
  }
  const kind = KINDS.find(({ files }) => files.test(from));
  if (!kind) return undefined;
  const isOwnSource = to.startsWith("src/");
  const isRefused = kind.never?.test(to) || (kind.may && isOwnSource && !kind.may.test(to));
  return isRefused && !(isType && kind.typesOf?.test(to)) ? `${from} imports ${to}: ${kind.why}` : undefined;
}

const folderOf = (file: string) => file.slice(0, file.lastIndexOf("/"));

/** The cycles among folders that imports make, types included; each as the folders of one strongly connected part. */
export function folderCycles(imports: readonly Import[]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    if (!to.startsWith("src/") || folderOf(from) === folderOf(to)) continue;
    next.set(folderOf(from), (next.get(folderOf(from)) ?? new Set()).add(folderOf(to)));
  }
  const reachableFrom = (start: string): Set<string> => {
    const seen = new Set<string>();
    const open = [...(next.get(start) ?? [])];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      if (seen.has(folder)) continue;
      seen.add(folder);
      open.push(...(next.get(folder) ?? []));
    }
    return seen;
  };
  const reachable = new Map([...next.keys()].map((folder) => [folder, reachableFrom(folder)]));
  const inCycle = [...reachable].filter(([folder, seen]) => seen.has(folder)).map(([folder]) => folder);
  const cycles = Map.groupBy(inCycle, (folder) =>
    inCycle.filter((other) => reachable.get(folder)!.has(other) && reachable.get(other)!.has(folder)).join(" "),
  );
  return [...cycles.values()];
}
