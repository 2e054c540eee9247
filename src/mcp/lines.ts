const NEWLINE = 0x0a;
/** How much of each end of a line is kept when it is too long: enough to find the id of the request in it. */
const EDGE_BYTES = 1024;

/** One line of input; of one that is longer than allowed, only its two ends. */
export type Line =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'tooLong'; readonly head: string; readonly tail: string };

/** Cuts a stream of bytes into lines, and never keeps more than `limit` bytes of one. */
export class LineSplitter {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that `chunk` ends. */
  *push(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#add(chunk.subarray(from, end));
      yield this.#take();
      from = end + 1;
    }
    this.#add(chunk.subarray(from));
  }

  /** What came after the last line end. */
  *end(): Generator<Line> {
    if (this.#length > 0) yield this.#take();
  }

  #add(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length > this.#limit) this.#keepEdges();
  }

  #keepEdges(): void {
    const whole = Buffer.concat(this.#parts);
    this.#parts = [Buffer.from(whole.subarray(0, EDGE_BYTES)), Buffer.from(whole.subarray(-EDGE_BYTES))];
  }

  #take(): Line {
    const bytes = Buffer.concat(this.#parts);
    const tooLong = this.#length > this.#limit;
    this.#parts = [];
    this.#length = 0;
    if (!tooLong) return { kind: 'whole', bytes };
    return {
      kind: 'tooLong',
      head: bytes.toString('latin1', 0, EDGE_BYTES),
      tail: bytes.toString('latin1', EDGE_BYTES),
    };
  }
}
