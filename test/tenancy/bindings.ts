/**
 * Reads SQL as far as it takes to say which query block touches a clinic's table without naming the clinic. A block is
 * one SELECT, UPDATE or DELETE; a sub-select is a block of its own and has to name the clinic itself.
 *
 * A source of a block is bound when a condition that every row must meet, in WHERE or ON, has its clinic column
 * - equal to a parameter, or to one of several,
 * - equal to the clinic column of a source that is bound, in the same block or in one around it,
 * - equal to what a sub-select finds, or to one of those; the sub-select is judged by itself.
 * An OR binds what each of its arms binds. Conditions under NOT or CASE don't count, nor does the ON of a LEFT JOIN for
 * what stands left of it. Of a chain that hangs on one source without a clinic that source alone is told.
 *
 * What it can't see: whether the parameter is the clinic of the request (the access tests ask that), what a parameter
 * list or a function yields, and values that an INSERT writes, of which only the clinic column is asked for.
 */

/** The columns of which each says whose a table's rows are, by table: the clinic's id, and a patient's key. */
export type ClinicColumns = ReadonlyMap<string, readonly string[]>;

export interface Unbound {
  readonly table: string;
  /** The block, white space made even, names without quotes; a long list of what is selected or set left out. */
  readonly block: string;
}

type Item = string | Group;
interface Group {
  readonly items: Item[];
}

const TOKEN = /'(?:[^']|'')*'|"[^"]*"|\?\d*|[A-Za-z_][\w$]*|\d[\w.]*|->>|->|<>|<=|>=|\|\||[^\s]/g;

/** The clinic's tables that a statement reaches into without saying which clinic's rows. */
export function unboundIn(statement: string, columns: ClinicColumns): Unbound[] {
  const items = grouped(statement.match(TOKEN) ?? []);
  const found: Unbound[] = [];
  judge(items, [], new Map([...columns, ...namedBlocks(items).map((name) => [name, DERIVED] as const)]), found);
  return found;
}

/** In place of clinic columns: the name stands for a block of the same statement, which is judged where it stands. */
const DERIVED: readonly string[] = [];

/** The names that WITH gives to blocks, however deep. */
function namedBlocks(items: readonly Item[]): string[] {
  return items.flatMap((item, i) => {
    if (!isGroup(item)) return [];
    const name = items[i - 2];
    const isNamed = isBlock(item) && word(items[i - 1]) === "AS" && isName(name);
    return [...(isNamed ? [plainName(name)] : []), ...namedBlocks(item.items)];
  });
}

function grouped(tokens: readonly string[]): Item[] {
  const stack: Group[] = [{ items: [] }];
  for (const token of tokens) {
    if (token === "(") stack.push({ items: [] });
    else if (token === ")") {
      const group = stack.pop();
      if (!group || stack.length === 0) throw new Error("parentheses don't match");
      stack.at(-1)!.items.push(group);
    } else stack.at(-1)!.items.push(token);
  }
  if (stack.length !== 1) throw new Error("parentheses don't match");
  return stack[0]!.items;
}

const isGroup = (item: Item | undefined): item is Group => typeof item === "object";
const word = (item: Item | undefined): string | undefined =>
  typeof item === "string" ? item.toUpperCase() : undefined;
const isName = (item: Item | undefined): item is string => typeof item === "string" && /^("|[A-Za-z_])/.test(item);
const plainName = (item: string) => item.replaceAll('"', "").toLowerCase();
const isBlock = (group: Group) => ["SELECT", "WITH", "VALUES"].includes(word(group.items[0]) ?? "");
const textOf = (items: readonly Item[]): string =>
  items
    .map((item) => (isGroup(item) ? `(${textOf(item.items)})` : item.replace(/^"(.*)"$/, "$1")))
    .join(" ")
    .replaceAll(/ ?\. ?/g, ".")
    .replaceAll(/ (?=,)|(?<=\b[a-z_]+) (?=\()/g, "");

const LIST_LENGTH_MAX = 80;
/** A block's text as a person would tell it. */
function told(items: readonly Item[]): string {
  const from = items.findIndex((item) => ["FROM", "WHERE"].includes(word(item) ?? ""));
  const first = items.findIndex((item) => ["SELECT", "SET"].includes(word(item) ?? "")) + 1;
  const list = textOf(items.slice(first, from));
  if (from < first || list.length <= LIST_LENGTH_MAX) return textOf(items);
  return `${textOf(items.slice(0, first))} … ${textOf(items.slice(from))}`;
}

const COMPOUND = new Set(["UNION", "INTERSECT", "EXCEPT"]);
const JOIN_WORDS = new Set(["LEFT", "INNER", "CROSS", "OUTER", "FULL", "RIGHT", "NATURAL"]);
const CLAUSES = new Set(["WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "RETURNING", "SET", "WINDOW", ...COMPOUND]);

interface Source {
  /** Under which name its columns are called. */
  readonly alias: string;
  /** Empty for a sub-select or a function. */
  readonly table: string;
  readonly columns: readonly string[];
  isBound: boolean;
}
/** A condition every row must meet; `only` is whom it restricts when it is the ON of a LEFT JOIN. */
interface Condition {
  readonly items: readonly Item[];
  readonly only: string | undefined;
}

/** Judges every block in a run of items, the run itself and what is nested. */
function judge(items: readonly Item[], around: readonly Source[], columns: ClinicColumns, found: Unbound[]): void {
  for (const part of parts(items)) {
    const sources = sourcesOf(part, columns);
    let scope = bind(part, sources, around);
    for (const source of sources) {
      if (source.isBound) continue;
      found.push({ table: source.table, block: told(part) });
      // What hangs on it is no fault of its own.
      source.isBound = true;
      scope = bind(part, sources, around);
    }
    judgeNested(part, scope, columns, found);
  }
  const insert = insertOf(items);
  const asked = (insert && columns.get(insert.table)) ?? [];
  if (!asked.every((column) => insert!.columns.includes(column))) {
    found.push({ table: insert!.table, block: told(items) });
  }
}

function judgeNested(items: readonly Item[], scope: readonly Source[], columns: ClinicColumns, found: Unbound[]): void {
  for (const item of items) {
    if (!isGroup(item)) continue;
    if (isBlock(item)) judge(item.items, scope, columns, found);
    else judgeNested(item.items, scope, columns, found);
  }
}

/** The blocks of one level: the members of a compound, and of an INSERT what it selects apart from the rest. */
function parts(items: readonly Item[]): Item[][] {
  const all: Item[][] = [[]];
  const isInsert = word(items[0]) === "INSERT" || word(items[0]) === "REPLACE";
  for (const item of items) {
    if (COMPOUND.has(word(item) ?? "") || (isInsert && word(item) === "SELECT")) all.push([]);
    all.at(-1)!.push(item);
  }
  return all;
}

function insertOf(items: readonly Item[]): { table: string; columns: string[] } | undefined {
  const into = items.findIndex((item) => word(item) === "INTO");
  const table = items[into + 1];
  if (into < 0 || !isName(table)) return undefined;
  const listed = items[into + 2];
  return {
    table: plainName(table),
    columns: isGroup(listed) && !isBlock(listed) ? listed.items.filter(isName).map(plainName) : [],
  };
}

function sourcesOf(items: readonly Item[], columns: ClinicColumns): Source[] {
  const sources: Source[] = [];
  let isInFrom = false;
  for (let i = 0; i < items.length; i++) {
    const it = word(items[i]);
    if (it === "FROM") isInFrom = true;
    else if (it !== undefined && CLAUSES.has(it)) isInFrom = false;
    const isUpdate = it === "UPDATE" && i === 0;
    if (!isUpdate && it !== "FROM" && it !== "JOIN" && !(it === "," && isInFrom)) continue;
    const source = items[i + 1];
    // A function such as json_each reads its arguments, and a sub-select is judged by itself.
    const isFunction = isGroup(items[i + 2]) && isName(source);
    const after = isFunction ? i + 3 : i + 2;
    const given = word(items[after]) === "AS" ? items[after + 1] : items[after];
    const isAlias =
      isName(given) &&
      !CLAUSES.has(word(given)!) &&
      !JOIN_WORDS.has(word(given)!) &&
      !/^(ON|JOIN|INDEXED|NOT|FROM|AS|USING)$/i.test(given);
    if (isGroup(source) || isFunction) {
      if (isAlias) sources.push({ alias: plainName(given), table: "", columns: [], isBound: true });
    } else if (isName(source)) {
      const name = plainName(source);
      const alias = isAlias ? plainName(given) : name;
      const own = columns.get(name) ?? [];
      const table = columns.get(name) === DERIVED ? "" : name;
      sources.push({ alias, table, columns: own, isBound: own.length === 0 });
    }
  }
  return sources;
}

/** Works out which sources the conditions bind; what can be seen from sub-selects: these and those around. */
function bind(items: readonly Item[], sources: readonly Source[], around: readonly Source[]): readonly Source[] {
  const scope = [...sources, ...around.filter(({ alias }) => !sources.some((own) => own.alias === alias))];
  const conditions = conditionsOf(items, sources);
  for (let changed = true; changed; ) {
    changed = false;
    for (const { items: condition, only } of conditions) {
      for (const source of sources) {
        if (source.isBound || (only !== undefined && only !== source.alias)) continue;
        if (binds(condition, source, scope)) {
          source.isBound = true;
          changed = true;
        }
      }
    }
  }
  return scope;
}

function binds(condition: readonly Item[], source: Source, scope: readonly Source[]): boolean {
  if (condition.some((item) => word(item) === "CASE")) return false;
  const either = partsBetween("OR", condition);
  if (either.length > 1) return either.every((part) => binds(part, source, scope));
  return partsBetween("AND", condition).some((part) => {
    const [first, ...more] = part;
    return isGroup(first) && more.length === 0 && !isBlock(first)
      ? binds(first.items, source, scope)
      : equates(part, source, scope);
  });
}

/** Whether a single comparison says whose rows the source's are. */
function equates(condition: readonly Item[], source: Source, scope: readonly Source[]): boolean {
  const [left, rest] = columnAt(condition);
  if (!left) {
    // (clinic_id, key) IN (SELECT …)
    const [row, operator, values] = condition;
    return (
      isGroup(row) &&
      word(operator) === "IN" &&
      isGroup(values) &&
      row.items.some((item) => isOwn(columnAt([item])[0], source))
    );
  }
  const [operator, ...right] = rest;
  if (word(operator) === "IN" || operator === "=") {
    const [values, ...more] = right;
    if (isGroup(values) && more.length === 0 && (isBlock(values) || isParameters(values))) return isOwn(left, source);
  }
  if (operator !== "=") return false;
  if (right.length === 1 && isParameter(right[0])) return isOwn(left, source);
  const [other, nothing] = columnAt(right);
  if (!other || nothing.length > 0) return false;
  return (isOwn(left, source) && isBoundColumn(other, scope)) || (isOwn(other, source) && isBoundColumn(left, scope));
}

const isParameter = (item: Item | undefined) => typeof item === "string" && /^\?\d*$/.test(item);
const isParameters = ({ items }: Group) => items.every((item) => isParameter(item) || item === ",");

interface Column {
  readonly of: string | undefined;
  readonly name: string;
}

/** The column that the items begin with, and what follows it. */
function columnAt(items: readonly Item[]): [Column | undefined, readonly Item[]] {
  const [first, dot, second] = items;
  if (!isName(first)) return [undefined, items];
  if (dot === "." && isName(second)) return [{ of: plainName(first), name: plainName(second) }, items.slice(3)];
  return [{ of: undefined, name: plainName(first) }, items.slice(1)];
}

const isOwn = (column: Column | undefined, source: Source) =>
  column !== undefined &&
  source.columns.includes(column.name) &&
  (column.of === undefined || column.of === source.alias);

/** A clinic's column, or a patient's key, of a source that is bound. */
const isBoundColumn = ({ of, name }: Column, scope: readonly Source[]) =>
  scope.some(
    ({ alias, table, columns, isBound }) =>
      isBound &&
      of === alias &&
      (columns.length === 0 ? table === "" : columns.includes(name) || (table === "patients" && name === "key")),
  );

/** What stands in WHERE and in every ON. */
function conditionsOf(items: readonly Item[], sources: readonly Source[]): Condition[] {
  const conditions: Condition[] = [];
  let run: Item[] | undefined;
  let only: string | undefined;
  const close = () => {
    if (run) conditions.push({ items: run, only });
    run = undefined;
  };
  let isLeft = false;
  let joined = 0;
  for (const [i, item] of items.entries()) {
    const it = word(item) ?? "";
    if (it === "WHERE" || it === "ON" || it === "JOIN" || JOIN_WORDS.has(it) || CLAUSES.has(it)) close();
    if (it === "LEFT" || it === "FULL") isLeft = true;
    else if (it === "CROSS" || it === "INNER" || it === "WHERE") isLeft = false;
    if (it === "JOIN") joined = i;
    if (it === "WHERE") {
      only = undefined;
      run = [];
    } else if (it === "ON" && word(items[i + 1]) !== "CONFLICT") {
      only = isLeft ? aliasAfter(items, joined, sources) : undefined;
      run = [];
      isLeft = false;
    } else run?.push(item);
  }
  close();
  return conditions;
}

function aliasAfter(items: readonly Item[], join: number, sources: readonly Source[]): string {
  const names = items
    .slice(join + 1)
    .filter(isName)
    .map(plainName);
  return names.find((name) => sources.some(({ alias }) => alias === name)) ?? "";
}

/** The parts of a condition between a word. */
function partsBetween(separator: string, condition: readonly Item[]): Item[][] {
  const all: Item[][] = [[]];
  for (const item of condition) {
    if (word(item) === separator) all.push([]);
    else all.at(-1)!.push(item);
  }
  return all;
}
