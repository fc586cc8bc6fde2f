import { unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { readWorkbook } from "../../../test/workbook.ts";
import { type Row, type Sheet, spreadsheet, tableWorkbook } from "./spreadsheet.ts";
import { streamOf } from "./streams.ts";

const AT = Date.UTC(2026, 2, 5, 14, 3, 9);

const bytesOf = async (stream: ReadableStream<Uint8Array>) => new Uint8Array(await new Response(stream).arrayBuffer());
const sheet = (rows: readonly Row[], name = "Sheet"): Sheet => ({ name, rows: () => rows });
const written = async (...rows: readonly Row[]) => readWorkbook(await bytesOf(spreadsheet([sheet(rows)], AT)));

describe("a spreadsheet", () => {
  test("holds its sheets in order, with texts as texts and numbers as numbers", async () => {
    const sheets = [sheet([["a", 1]], "First & <last>"), sheet([], "Empty"), sheet([[], ["", "b"]], "Third")];
    const book = readWorkbook(await bytesOf(spreadsheet(sheets, AT)));
    expect(book.names).toEqual(["First & <last>", "Empty", "Third"]);
    expect(book.rows("First & <last>")).toEqual([["a", 1]]);
    expect(book.rows("Empty")).toEqual([]);
    expect(book.rows("Third")).toEqual([[], ["", "b"]]);
    expect(book.extras).toEqual([]);
  });

  test.each([
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    '=HYPERLINK("http://x.test")',
    "1",
    "2026-03-05",
    "TRUE",
    "'quoted",
  ])("takes %j for the text it is", async (text) => {
    const book = await written([text]);
    expect(book.rows("Sheet")).toEqual([[text]]);
    expect(book.extras).toEqual([]);
  });

  test.each([
    ["markup", `<b>&amp; "x" 'y'</b>`, `<b>&amp; "x" 'y'</b>`],
    ["blanks", "  a  b ", "  a  b "],
    ["lines, whatever ends them", "a\nb\r\nc\td\re", "a\nb\nc\td\ne"],
    ["letters of all kinds", "Łukasz 日本 𝒳 é", "Łukasz 日本 𝒳 é"],
    ["characters no XML can hold", "a\u0000b\u0008c\u001fd\uffffe", "abcde"],
    ["characters nobody sees", "a\u0085b\u009fc\u200bd\u202ee\ufefff\u{1fffe}g", "abcdefg"],
    ["characters that spell words", "न\u200dम می\u200cخواهم", "न\u200dम می\u200cخواهم"],
    ["an escape that is there without what nobody sees", "_x\u00000041_", "_x0041_"],
    ["half a character", "a\ud83d", "a\ufffd"],
    ["what looks like an escape", "_x0041_ _x00e9_ _x_", "_x0041_ _x00e9_ _x_"],
    ["as much text as a cell holds", "x".repeat(32_767), "x".repeat(32_767)],
    ["more text than a cell holds", "x".repeat(40_000), `${"x".repeat(32_766)}…`],
    [
      "more text than a cell holds, in whole characters",
      `${"x".repeat(32_765)}𝒳y${"x".repeat(9)}`,
      `${"x".repeat(32_765)}…`,
    ],
    [
      "no more than a cell holds without what nobody sees",
      `${"\u200b".repeat(9)}${"x".repeat(32_767)}`,
      "x".repeat(32_767),
    ],
  ])("keeps %s", async (_, text, expected) => {
    expect((await written([text])).rows("Sheet")).toEqual([[expected]]);
  });

  test("omits NaN and infinities", async () => {
    expect((await written([1, Number.NaN, -0, Number.POSITIVE_INFINITY, 2])).rows("Sheet")).toEqual([
      [1, "", 0, "", 2],
    ]);
  });

  test.each([
    [["a:b\\c/d?e*f[g]h"], ["a b c d e f g h"]],
    [["x".repeat(40)], ["x".repeat(31)]],
    [[`${"x".repeat(30)}𝒳`], ["x".repeat(30)]],
    [
      ["'quoted'", "", " ", "\u0000"],
      ["quoted", "Sheet", "Sheet 2", "Sheet 3"],
    ],
    [
      ["North", "north", "NORTH"],
      ["North", "north 2", "NORTH 3"],
    ],
    [
      ["x".repeat(31), "x".repeat(40)],
      ["x".repeat(31), `${"x".repeat(29)} 2`],
    ],
    [["History"], ["History 2"]],
  ])("names its sheets %j as programs take it: %j", async (given, names) => {
    const sheets = given.map((name) => sheet([["a"]], name));
    expect(readWorkbook(await bytesOf(spreadsheet(sheets, AT))).names).toEqual(names);
  });

  test("has a first column of width 50, and others fit to their texts up to the maximum", async () => {
    const book = await written(["x".repeat(80), "four", 12345, ""], ["", "seven77", "", "x".repeat(300)]);
    expect(book.widths("Sheet")).toEqual([50, 9, 7, 255]);
  });

  test("has columns beyond Z", async () => {
    const row = Array.from({ length: 60 }, (_, i) => `column ${i}`);
    expect((await written(row)).rows("Sheet")).toEqual([row]);
  });

  test("is deterministic for the same time, which is the timestamp of its parts", async () => {
    const make = (at: number) => bytesOf(spreadsheet([sheet([["a", 1]])], at));
    expect(await make(AT)).toEqual(await make(AT));
    expect(await make(AT + 60_000)).not.toEqual(await make(AT));
    expect(Object.keys(unzipSync(await make(AT)))).toEqual([
      "[Content_Types].xml",
      "_rels/.rels",
      "xl/workbook.xml",
      "xl/_rels/workbook.xml.rels",
      "xl/styles.xml",
      "xl/worksheets/sheet1.xml",
    ]);
  });

  test("produces rows on demand, and stops when the reader cancels", async () => {
    const passes: { made: number; isOver: boolean }[] = [];
    function* rows() {
      const pass = { made: 0, isOver: false };
      passes.push(pass);
      try {
        for (; pass.made < 100_000; pass.made++) yield [`row ${(pass.made * 2_654_435_761) % 4_294_967_296}`];
      } finally {
        pass.isOver = true;
      }
    }
    const reader = spreadsheet([{ name: "Sheet", rows }], AT).getReader();
    while (passes.length < 2) await reader.read();
    await reader.read();
    // The first iteration was for the widths.
    expect(passes[0]).toEqual({ made: 100_000, isOver: true });
    expect(passes[1]!.made).toBeLessThan(20_000);
    expect(passes[1]!.isOver).toBe(false);
    await reader.cancel();
    expect(passes[1]!.isOver).toBe(true);
  });

  test("that exceeds the row limit ends with a row that says so", async () => {
    const stream = spreadsheet([{ name: "Sheet", rows: () => Array.from({ length: 1_048_577 }, () => [1]) }], AT);
    const xml = new TextDecoder().decode(unzipSync(await bytesOf(stream))["xl/worksheets/sheet1.xml"]);
    expect(xml.match(/<row /g)).toHaveLength(1_048_576);
    expect(xml.slice(-400)).toContain('<row r="1048576"><c r="A1048576" s="1" t="inlineStr"><is><t>This sheet is full');
  });
});

describe("a table", () => {
  const heading = ["Id", "MRN", "Number (%)"];
  async function* partsOf(...parts: readonly (readonly Row[])[]) {
    yield* parts;
  }
  const bytesOfTable = (parts: AsyncIterable<Iterable<Row>>) =>
    bytesOf(streamOf(tableWorkbook({ name: "Patients", heading, widths: [10, 20, 8.5], parts }, AT)));
  const xmlOf = (bytes: Uint8Array) => new TextDecoder().decode(unzipSync(bytes)["xl/worksheets/sheet1.xml"]);

  test("has its rows under its heading, with texts as texts and numbers as numbers", async () => {
    const book = readWorkbook(await bytesOfTable(partsOf([["1234567e10", "0017", -12.5]], [], [["b", "", 0]])));
    expect(book.names).toEqual(["Patients"]);
    expect(book.rows("Patients")).toEqual([heading, ["1234567e10", "0017", -12.5], ["b", "", 0]]);
    expect(book.widths("Patients")).toEqual([10, 20, 8.5]);
    expect(book.extras).toEqual([]);
  });

  test("has a frozen heading, and texts that stay texts when edited, without warnings", async () => {
    const xml = xmlOf(await bytesOfTable(partsOf([["a", "0017", 1]])));
    expect(xml).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>');
    expect(xml).toContain('<c r="A1" s="2" t="inlineStr"><is><t>Id</t></is></c>');
    expect(xml).toContain('<c r="B2" s="1" t="inlineStr"><is><t>0017</t></is></c><c r="C2"><v>1</v></c>');
    expect(xml).toContain('<ignoredError sqref="A1:C2" numberStoredAsText="1"/>');
  });

  test("without rows has only its heading", async () => {
    expect(readWorkbook(await bytesOfTable(partsOf())).rows("Patients")).toEqual([heading]);
  });

  test("requests a part once the previous one was read, and releases the rest when cancelled", async () => {
    let asked = 0;
    let isOver = false;
    async function* parts() {
      try {
        for (; asked < 100; asked++)
          yield Array.from({ length: 1000 }, (_, i) => [`${asked} ${i * 2_654_435_761}`, "x", i]);
      } finally {
        isOver = true;
      }
    }
    const chunks = tableWorkbook({ name: "Patients", heading, widths: [1, 1, 1], parts: parts() }, AT);
    let before = 0;
    for (let i = 0; i < 40; i++) {
      await chunks.next();
      expect(asked - before).toBeLessThanOrEqual(2);
      before = asked;
    }
    expect(asked).toBeLessThan(40);
    await chunks.return(undefined);
    expect(isOver).toBe(true);
  });

  test("fails with the error of its rows", async () => {
    async function* failing(): AsyncGenerator<Row[]> {
      yield [["a", "b", 1]];
      throw new Error("no more");
    }
    await expect(bytesOfTable(failing())).rejects.toThrow("no more");
  });

  test("that exceeds the row limit ends with a row that says so", async () => {
    async function* endless() {
      for (;;) yield Array.from({ length: 50_000 }, () => [1]);
    }
    const xml = xmlOf(await bytesOfTable(endless()));
    expect(xml.match(/<row /g)).toHaveLength(1_048_576);
    expect(xml.slice(-400)).toContain("This sheet is full");
  });
});
