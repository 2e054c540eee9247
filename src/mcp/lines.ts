const NEWLINE = 0x0a;
/** How much of each end of a line is kept when it is too long: enough to find the id of the request in it. */
const EDGE_BYTES = 1024;

/** One line of input; of one that is longer than allowed, only its two ends. */
export type Line =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'tooLong'; readonly head: string; readonly tail: string };

/**
 * Cuts a stream of bytes into lines, and never keeps more than `limit` bytes of one. The bytes of a line are let go
 * when the next is asked for: whoever takes one uses it at once.
 */
export class LineSplitter {
  readonly #limit: number;
  /** The line so far. It grows and shrinks in place, so that a large line is in memory once, and no longer than needed. */
  readonly #kept: ArrayBuffer;
  /** Bytes of the line so far, also of what is not kept. */
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#kept = new ArrayBuffer(0, { maxByteLength: limit + 2 * EDGE_BYTES });
  }

  /** The lines that `chunk` ends. */
  *push(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      yield* this.#take(chunk.subarray(from, end));
      from = end + 1;
    }
    this.#add(chunk.subarray(from));
  }

  /** What came after the last line end. */
  *end(): Generator<Line> {
    if (this.#length > 0) yield* this.#take(Buffer.of());
  }

  *#take(rest: Buffer): Generator<Line> {
    if (this.#length === 0 && rest.length <= this.#limit) {
      yield { kind: 'whole', bytes: rest };
      return;
    }
    this.#add(rest);
    const bytes = Buffer.from(this.#kept);
    yield this.#length <= this.#limit
      ? { kind: 'whole', bytes }
      : {
          kind: 'tooLong',
          head: bytes.toString('latin1', 0, EDGE_BYTES),
          tail: bytes.toString('latin1', EDGE_BYTES),
        };
    this.#kept.resize(0);
    this.#length = 0;
  }

  #add(part: Buffer): void {
    this.#length += part.length;
    const fits = this.#length <= this.#limit;
    const added = fits ? part : edgesOf(part);
    const end = this.#kept.byteLength;
    this.#kept.resize(end + added.length);
    new Uint8Array(this.#kept).set(added, end);
    if (!fits) this.#keepEdges();
  }

  #keepEdges(): void {
    const kept = new Uint8Array(this.#kept);
    kept.copyWithin(EDGE_BYTES, Math.max(EDGE_BYTES, kept.length - EDGE_BYTES));
    this.#kept.resize(Math.min(kept.length, 2 * EDGE_BYTES));
  }
}

function edgesOf(part: Buffer): Buffer {
  if (part.length <= 2 * EDGE_BYTES) return part;
  return Buffer.concat([part.subarray(0, EDGE_BYTES), part.subarray(-EDGE_BYTES)]);
}
