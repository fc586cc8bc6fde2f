import type { PDFDocumentProxy, TextItem } from "pdfjs-dist/types/src/display/api";

export interface ReadPage {
  /** Texts in the order in which they are drawn. */
  readonly texts: readonly string[];
  readonly text: string;
  /** The edges of the texts in points from the top left. */
  readonly boxes: readonly {
    readonly text: string;
    readonly left: number;
    readonly right: number;
    readonly baseline: number;
  }[];
  /** Types of the structure elements, outermost first, in reading order. */
  readonly roles: readonly string[];
  /** Texts that say what figures show. */
  readonly alts: readonly string[];
}

export interface ReadPdf {
  readonly pages: readonly ReadPage[];
  /** The entries of the information dictionary. */
  readonly info: Readonly<Record<string, unknown>>;
  readonly language: string | undefined;
  readonly isTagged: boolean;
}

interface Node {
  readonly role?: string;
  readonly alt?: string;
  readonly children?: readonly Node[];
}

/** What a reader gets to see of a document. */
export async function readPdf(bytes: Uint8Array): Promise<ReadPdf> {
  // The smaller builds load in half the time. Without a worker of its own pdf.js looks for one that is already loaded; a failure would be kept for good.
  (globalThis as { pdfjsWorker?: unknown }).pdfjsWorker ??= await import("pdfjs-dist/legacy/build/pdf.worker.min.mjs");
  const { getDocument } = await import("pdfjs-dist/legacy/build/pdf.min.mjs");
  const task = getDocument({ data: bytes.slice(), useSystemFonts: false, verbosity: 0 });
  const document: PDFDocumentProxy = await task.promise;
  try {
    const pages: ReadPage[] = [];
    for (let number = 1; number <= document.numPages; number++) pages.push(await readPage(document, number));
    const { info } = await document.getMetadata();
    // A map, whatever the types say.
    const marks = (await document.getMarkInfo()) as ReadonlyMap<string, boolean> | null;
    return {
      pages,
      info: info as Record<string, unknown>,
      language: (info as { Language?: string }).Language,
      isTagged: marks?.get("Marked") ?? false,
    };
  } finally {
    await task.destroy();
  }
}

async function readPage(document: PDFDocumentProxy, number: number): Promise<ReadPage> {
  const page = await document.getPage(number);
  const height = page.view[3]!;
  const { items } = await page.getTextContent();
  const drawn = items.filter((item): item is TextItem => "str" in item && item.str !== "");
  const nodes: Node[] = [];
  const collect = (node: Node) => {
    nodes.push(node);
    for (const child of node.children ?? []) collect(child);
  };
  const tree = (await page.getStructTree()) as Node | null;
  if (tree) collect(tree);
  const texts = drawn.map(({ str }) => str);
  return {
    texts,
    text: drawn.map(({ str, hasEOL }) => str + (hasEOL ? "\n" : "")).join(""),
    boxes: drawn.map(({ str, transform, width }) => ({
      text: str,
      left: transform[4] as number,
      right: (transform[4] as number) + width,
      baseline: height - (transform[5] as number),
    })),
    roles: nodes.flatMap(({ role }) => (role === undefined ? [] : [role])),
    alts: nodes.flatMap(({ alt }) => (alt === undefined ? [] : [alt])),
  };
}
