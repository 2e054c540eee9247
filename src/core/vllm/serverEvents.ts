import { createParser } from 'eventsource-parser';

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

  /** Gives the connection back; the server stops generating. */
  close(): Promise<void> {
    return this.#reader.cancel();
  }
}
