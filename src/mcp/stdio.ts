import type { Readable, Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode, type JSONRPCMessage, type RequestId } from '@modelcontextprotocol/sdk/types.js';
import { collectGarbage } from './garbage.ts';
import { jsonPieces } from './jsonPieces.ts';
import { LineSplitter, type Line } from './lines.ts';
import { readLine, refusal, type Incoming, type Refusal } from './messages.ts';
import { REQUEST_BYTES, type Connection } from './connection.ts';

/** A message of so many bytes leaves strings of that size behind, which are collected at once. */
const LARGE_BYTES = 16 * 1024 * 1024;

/**
 * MCP over two streams, one JSON-RPC message a line. The SDK's own transport drops what is not JSON without an
 * answer, refuses more than 10 MB and copies all that came so far with every chunk, hence this one.
 */
export class StdioTransport implements Transport, Connection {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  /** Resolves when the client is gone: the end of the input, or an output that nobody reads. */
  readonly ended: Promise<void>;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #lines = new LineSplitter(REQUEST_BYTES);
  readonly #unanswered = new Set<RequestId>();
  #allAnswered: (() => void) | undefined;
  #draining = false;
  /** Whether a message was large since garbage was collected last. */
  #wasLarge = false;
  /** Resolves when all that was to be written before is. */
  #written: Promise<unknown> = Promise.resolve();
  #end: () => void = () => undefined;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  start(): Promise<void> {
    this.#input.on('data', this.#onData);
    this.#input.once('end', () => {
      for (const line of this.#lines.end()) this.#read(line);
      this.#end();
    });
    this.#input.once('close', this.#end);
    this.#input.once('error', this.#fail);
    this.#output.once('error', this.#fail);
    return Promise.resolve();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#write(message);
    if (!('method' in message) && message.id !== undefined) this.#settle(message.id);
  }

  /** From now on requests are refused. Resolves when every request that was taken is answered. */
  drain(): Promise<void> {
    this.#draining = true;
    if (this.#unanswered.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#allAnswered = resolve));
  }

  close(): Promise<void> {
    this.#input.off('data', this.#onData);
    this.#input.pause();
    this.onclose?.();
    return Promise.resolve();
  }

  readonly #onData = (chunk: Buffer): void => {
    for (const line of this.#lines.push(chunk)) this.#read(line);
  };

  #read(line: Line): void {
    if (line.kind === 'whole' && line.bytes.length >= LARGE_BYTES) {
      this.#wasLarge = true;
      // What was before need not be in memory beside this.
      collectGarbage();
    }
    readLine(line).forEach(this.#take);
  }

  readonly #take = (incoming: Incoming): void => {
    if (incoming.kind === 'refused') this.#refuse(incoming.refusal);
    else this.#deliver(incoming.message);
  };

  #deliver(message: JSONRPCMessage): void {
    if ('method' in message && 'id' in message) {
      if (this.#draining)
        return this.#refuse(refusal(message.id, ErrorCode.ConnectionClosed, 'The server is stopping.'));
      this.#unanswered.add(message.id);
    }
    this.onmessage?.(message);
    // A request that its client cancelled gets no answer.
    if ('method' in message && message.method === 'notifications/cancelled')
      this.#forget(message.params?.['requestId']);
  }

  #refuse(answer: Refusal): void {
    this.#write(answer).catch(this.#fail);
  }

  #forget(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#settle(id);
  }

  #settle(id: RequestId): void {
    this.#unanswered.delete(id);
    if (this.#unanswered.size === 0) this.#allAnswered?.();
  }

  /** Resolves when the message is written; a large one is written as fast as it is read. */
  #write(message: JSONRPCMessage | Refusal): Promise<void> {
    const written = this.#written.then(() => this.#writeLine(message));
    this.#written = written.catch(() => undefined);
    return written;
  }

  async #writeLine(message: JSONRPCMessage | Refusal): Promise<void> {
    let piece = '';
    let length = 0;
    for (const next of jsonPieces(message)) {
      if (piece !== '') await this.#writePiece(piece);
      piece = next;
      length += piece.length;
    }
    await this.#writePiece(`${piece}\n`);
    if (length < LARGE_BYTES && !this.#wasLarge) return;
    this.#wasLarge = false;
    // Not now, when those who called still hold the message.
    setImmediate(collectGarbage);
  }

  #writePiece(piece: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#output.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }

  readonly #fail = (error: Error): void => {
    this.onerror?.(error);
    this.#unanswered.clear();
    this.#allAnswered?.();
    this.#end();
  };
}
