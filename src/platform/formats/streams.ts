import { utf8 } from "../core/utf8.ts";

/** A pull-based stream of an iterator's pieces. */
export function streamOf<T extends Uint8Array>(pieces: Iterator<T> | AsyncIterator<T>): ReadableStream<T> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}

const PIECE_LENGTH = 64 * 1024;

/** Joins short texts into larger encoded pieces. */
export function* inPieces(texts: Iterable<string>): Generator<Uint8Array<ArrayBuffer>> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length >= PIECE_LENGTH) {
      yield utf8(piece);
      piece = "";
    }
  }
  if (piece !== "") yield utf8(piece);
}
