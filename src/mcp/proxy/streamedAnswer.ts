import * as z from 'zod';
import { memberOf, withMembers } from './jsonText.ts';
import { withoutIds } from './wholeAnswer.ts';
import type { Additions } from './chatRequest.ts';

/** What ends an event (WHATWG HTML, 9.2). */
const END = /\r\n\r\n|\n\n|\r\r/g;
/** How much of what ends an event may have come before the rest of it. */
const BEGUN_END = '\r\n\r'.length;
/** What may stand before the first event, and is no part of it: U+FEFF in UTF-8, one character a byte. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf';
/** The lines of an event that hold its data: one as a rule, beside which comments and other fields may stand. */
const DATA = /^data: ?(.*)$/gm;
const UTF8 = /[\x80-\xff]/;

/** The largest event that is waited for, in bytes: the token ids of two million tokens. */
export const EVENT_BYTES = 16 * 1024 * 1024;
/** More events than any answer has choices. */
const MOST_HELD = 1024;

/**
 * A stream of server-sent events as the client would have got it, had nothing been asked for besides. Events go on
 * as soon as they are whole, with one exception: the server puts its fingerprint into the last chunk of tokens, or, when
 * it counts them, into the chunk after that. So what ends an answer waits for the next event, which follows at once.
 */
export class StreamedAnswer {
  readonly #added: Additions;
  readonly #onChunk: (chunk: unknown) => void;
  /** What has come of the event that is not whole yet: joined once it is, since a large one comes in many pieces. */
  #rest: string[] = [];
  #restLength = 0;
  /** Its last characters. */
  #tail = '';
  #hasBegun = false;
  /** Events that wait. */
  #held: string[] = [];
  /** Whether the server counts tokens in every chunk, whoever asks (`--enable-force-include-usage`). */
  #alwaysCounts = false;
  #isLost = false;

  /** @param onChunk is given each chunk as the server sent it */
  constructor(added: Additions, onChunk: (chunk: unknown) => void) {
    this.#added = added;
    this.#onChunk = onChunk;
  }

  /** What the client gets for these bytes. */
  take(bytes: Buffer): Buffer {
    if (this.#isLost) return bytes;
    const piece = bytes.toString('latin1');
    let out = '';
    if ((this.#tail + piece).search(END) === -1) this.#keep(piece);
    else out = this.#events(this.#takeRest() + piece);
    this.#isLost = this.#restLength > EVENT_BYTES;
    return this.#isLost
      ? Buffer.concat([Buffer.from(out, 'latin1'), this.end()])
      : Buffer.from(out, 'latin1');
  }

  /** Whether an event was too large, so that the rest passed as it came. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** What is left when the stream has ended. */
  end(): Buffer {
    return Buffer.from(this.#release() + this.#takeRest(), 'latin1');
  }

  #events(text: string): string {
    let out = '';
    let at = 0;
    for (const { index, 0: end } of text.matchAll(END)) {
      out += this.#event(text.slice(at, index), end);
      at = index + end.length;
    }
    this.#keep(text.slice(at));
    return out;
  }

  /** Keeps what no event ends in until more comes. */
  #keep(text: string): void {
    this.#rest.push(text);
    this.#restLength += text.length;
    this.#tail = (this.#tail + text).slice(-BEGUN_END);
  }

  #takeRest(): string {
    const rest = this.#rest.join('');
    this.#rest = [];
    this.#restLength = 0;
    this.#tail = '';
    return rest;
  }

  /** An event as it is shown. Before the first one may stand a mark, which is passed on as it came. */
  #event(event: string, end: string): string {
    const mark = !this.#hasBegun && event.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
    this.#hasBegun = true;
    return mark + this.#shown(event.slice(mark.length), end);
  }

  #shown(event: string, end: string): string {
    const data = dataOf(event);
    const chunk = chunkIn(data);
    if (chunk === undefined) return this.#release() + event + end;
    this.#onChunk(chunk.value);
    this.#alwaysCounts ||= chunk.choices.length > 0 && chunk.usage !== undefined;
    const counts = this.#added.usage && !this.#alwaysCounts;
    if (counts && isCount(chunk)) return this.#stamped(data);
    const { tokenIds } = this.#added;
    if (tokenIds && isForIdsAlone(chunk)) return '';
    const shown = (tokenIds ? withData(event, withoutIds(data)) : event) + end;
    const waits = counts && chunk.choices.some(isLast) && this.#held.length < MOST_HELD;
    if (!waits) return this.#release() + shown;
    this.#held.push(shown);
    return '';
  }

  #release(): string {
    const held = this.#held.join('');
    this.#held = [];
    return held;
  }

  /** What waited, with the fingerprint that the server would have put there instead of into its count. */
  #stamped(count: string): string {
    const fingerprint = memberOf(count, 'system_fingerprint');
    if (fingerprint !== undefined && fingerprint !== 'null')
      this.#held = this.#held.map((event) => stampEvent(event, fingerprint));
    return this.#release();
  }
}

function stampEvent(event: string, fingerprint: string): string {
  return withData(event, withMembers(dataOf(event), { system_fingerprint: fingerprint }));
}

/** What an event says (WHATWG HTML, 9.2.6). */
function dataOf(event: string): string {
  return [...event.matchAll(DATA)].map(([, data = '']) => data).join('\n');
}

/** The event with other data, in the place of its own. */
function withData(event: string, data: string): string {
  const lines = [...event.matchAll(DATA)];
  const [first, last] = [lines.at(0), lines.at(-1)];
  if (first === undefined || last === undefined) return event;
  const from = first.index + first[0].length - (first[1] ?? '').length;
  return event.slice(0, from) + data.replaceAll('\n', '\ndata: ') + event.slice(last.index + last[0].length);
}

const Chunk = z.looseObject({
  choices: z.array(
    z.looseObject({
      delta: z.looseObject({}).nullish(),
      logprobs: z.unknown().optional(),
      finish_reason: z.string().nullish(),
      token_ids: z.array(z.int()).nullish(),
    }),
  ),
  usage: z.looseObject({}).nullish(),
});
type ChunkRead = { readonly value: unknown } & Pick<z.infer<typeof Chunk>, 'choices' | 'usage'>;

function chunkIn(data: string): ChunkRead | undefined {
  if (!data.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(UTF8.test(data) ? Buffer.from(data, 'latin1').toString('utf8') : data);
    const { choices, usage } = Chunk.parse(value);
    return { value, choices, usage: usage ?? undefined };
  } catch {
    return undefined; // Comments, errors and what is damaged are for the client.
  }
}

/** The chunk that only counts. */
function isCount({ choices, usage }: ChunkRead): boolean {
  return choices.length === 0 && usage !== undefined;
}

/** Tokens that say nothing to the client, as those which a tool call begins with, are sent only for their ids. */
function isForIdsAlone({ choices }: ChunkRead): boolean {
  return choices.length > 0 && choices.every(saysNothing);
}

function saysNothing({
  delta,
  logprobs,
  finish_reason: finish,
  token_ids: ids,
}: ChunkRead['choices'][number]): boolean {
  const isEmpty = delta !== undefined && delta !== null && Object.keys(delta).length === 0;
  return isEmpty && (logprobs ?? null) === null && (finish ?? null) === null && (ids?.length ?? 0) > 0;
}

function isLast({ finish_reason: finish }: ChunkRead['choices'][number]): boolean {
  return (finish ?? null) !== null;
}
