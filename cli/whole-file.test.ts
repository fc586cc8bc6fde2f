import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { writeWholeStream } from "./whole-file.ts";

const directory = mkdtempSync(path.join(tmpdir(), "clinics-whole-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const MB = 2 ** 20;
let made = 0;
const newFile = () => path.join(directory, `file-${++made}`);
const piecesOf = async function* (count: number, after: (n: number) => Promise<void> | void = () => {}) {
  for (let n = 0; n < count; n++) {
    yield new Uint8Array(MB).fill(n);
    await after(n);
  }
};

describe("a file that is written piece by piece", () => {
  test("takes a piece when the one before is written, and is there at the end, for its owner alone", async () => {
    const file = newFile();
    const sizes: number[] = [];
    await writeWholeStream(
      file,
      piecesOf(4, async () => {
        await sleep(20);
        expect(existsSync(file)).toBe(false);
        sizes.push(statSync(`${file}.part`).size);
      }),
    );
    expect(sizes.slice(1)).toEqual([2 * MB, 3 * MB, 4 * MB]);
    expect(readFileSync(file).subarray(3 * MB - 1, 3 * MB + 1)).toEqual(Buffer.from([2, 3]));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is not there, in no part, when the pieces end with an error, which is thrown", async () => {
    const file = newFile();
    const broken = piecesOf(3, (n) => {
      if (n === 1) throw new TypeError("terminated");
    });
    await expect(writeWholeStream(file, broken)).rejects.toThrow(new TypeError("terminated"));
    expect(readdirSync(directory).filter((name) => name.startsWith(path.basename(file)))).toEqual([]);
  });

  test("begins again where an interrupted one has left a part, and says where nothing can be written", async () => {
    const file = newFile();
    await writeWholeStream(`${file}.part`, piecesOf(3));
    await writeWholeStream(file, piecesOf(1));
    expect(statSync(file).size).toBe(MB);
    const nowhere = path.join(directory, "none", "file");
    await expect(writeWholeStream(nowhere, piecesOf(1))).rejects.toThrow(`${nowhere} can't be written (ENOENT)`);
  });
});
