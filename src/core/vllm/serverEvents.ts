import { createParser } from 'eventsource-parser';

/** How long the end of a stream may come after its last event, in milliseconds. */
const END_MS = 100;

/** Reads a stream of server-sent events (WHATWG HTML, 9.2) piece by piece. */
export class ServerEvents {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #waiting: string[] = [];
  readonly #parser = createParser({ onEvent: ({ data }) => this.#waiting.push(data) });

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  /** The data of the events that have come since, at least one; `undefined` at the end of the stream. */
  async next(): Promise<readonly string[] | undefined> {
    while (this.#waiting.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#parser.feed(this.#decoder.decode(value, { stream: true }));
    }
    const events = this.#waiting;
    this.#waiting = [];
    return events;
  }

  /**
   * Reads what follows the last event, which is the end: only then can the connection be used again. A server that
   * does not end its stream at once loses the connection instead.
   */
  async finish(): Promise<void> {
    const timer = setTimeout(() => void this.close().catch(() => undefined), END_MS); // the read below says why
    try {
      while (!(await this.#reader.read()).done);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets go of the connection; the server stops generating. */
  close(): Promise<void> {
    return this.#reader.cancel();
  }
}
