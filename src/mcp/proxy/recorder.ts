import { hasCode, PermafrostError } from '../../core/errors.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import { unkeepable } from '../../core/windows/answered.ts';
import { headOf, headsOf, type Known, type Sought } from '../../core/windows/conversationMatch.ts';
import type { Turn } from '../../core/windows/session.ts';
import type { Sessions, UnnamedTurn } from '../../core/windows/sessions.ts';
import type { Asked } from './chatRequest.ts';

export interface RecorderOptions {
  readonly sessions: Pick<Sessions, 'find' | 'record' | 'beginAnswer'>;
  readonly endpoint: string;
  readonly log: (line: string) => void;
}

/**
 * A commit waits for the disk, and with it all requests of this process: some milliseconds, or many where others use
 * the disk. So turns are gathered for so long, and kept by one commit. A process that is killed loses those.
 */
const GATHER_MS = 100;
const MOST_GATHERED = 256;

interface Waiting extends UnnamedTurn {
  readonly head: string;
}

/** An answer that is begun. */
export interface Begun {
  /** The salt that its conversation goes on under, or a new one. */
  readonly salt: string;
  /** To be called when it is over, and its turn recorded: until that is kept, nobody freezes the session that it is in. */
  readonly end: () => void;
}

type Found = Pick<Known, 'salt' | 'messagesKnown'>;

/** Keeps what passes as sessions. It never fails: what cannot be kept is told in the log, and passes all the same. */
export class Recorder {
  readonly #options: RecorderOptions;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Of answers that are over, whose turns may be among those that wait. */
  readonly #ends: (() => void)[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Finds where a conversation goes on, and keeps its session from being frozen until the answer is over. */
  begin(asked: Asked): Begun {
    const sought = { model: asked.model, salt: asked.salt, heads: tellingHeads(asked) };
    const waiting = this.#findWaiting(sought);
    let known = this.#find(sought);
    if (known?.isOpen !== true && waiting !== undefined) {
      this.flush(); // What it goes on in has no session yet that could be kept from being frozen.
      known = this.#find(sought);
    }
    const salt = asked.salt ?? this.#saltOf(known, waiting);
    if (known?.isOpen !== true || known.salt !== salt) return { salt, end: () => undefined };
    const end = this.#options.sessions.beginAnswer(known.sessionId);
    return { salt, end: () => (this.#waiting.length === 0 ? end() : void this.#ends.push(end)) };
  }

  #saltOf(known: Found | undefined, waiting: Found | undefined): string {
    const longest = (known?.messagesKnown ?? 0) > (waiting?.messagesKnown ?? 0) ? known : waiting;
    // What had no salt, for its server knew none then, is to have one as soon as it can.
    return longest?.salt || newSalt();
  }

  /** Keeps a turn, soon. @param salt empty when the server got none */
  record({ model, template, messages: asked }: Asked, salt: string, turn: Turn): void {
    const conversation = { model, template, salt, endpoint: this.#options.endpoint };
    const head = headOf(template, turn.messages);
    this.#waiting.push({ conversation, asked, turn, head });
    if (this.#waiting.length >= MOST_GATHERED) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Keeps what waits now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    const turns = waiting.filter((turn) => this.#isKeepable(turn));
    if (turns.length > 0) this.#keep(turns);
    for (const end of this.#ends.splice(0)) end();
  }

  /**
   * In one commit, or, when that fails by a turn, each in one of its own: one that cannot be kept costs no other. Where the
   * context cannot be written (PF-4xxx), the others would fare alike, and some may be kept already (PF-4009).
   */
  #keep(turns: readonly UnnamedTurn[]): void {
    try {
      this.#options.sessions.record(...turns);
    } catch (thrown) {
      if (turns.length > 1 && !hasCode(thrown, 'PF-4')) return turns.forEach((turn) => this.#keep([turn]));
      const what = turns.length === 1 ? 'a turn was' : `${turns.length} turns were`;
      this.#options.log(`${what} not recorded: ${said(thrown)}`);
    }
  }

  #find(sought: Sought): ReturnType<Sessions['find']> {
    try {
      return this.#options.sessions.find(sought);
    } catch (thrown) {
      this.#options.log(`the session of a conversation could not be looked up: ${said(thrown)}`);
      return undefined;
    }
  }

  #findWaiting({ model, heads }: Sought): Found | undefined {
    if (this.#waiting.length === 0) return undefined;
    const lengths = new Map(heads.map((head, at) => [head, at + 1]));
    return this.#waiting
      .filter(({ conversation }) => model === null || conversation.model === model)
      .map(({ head, conversation: { salt } }) => ({ salt, messagesKnown: lengths.get(head) ?? 0 }))
      .filter(({ messagesKnown }) => messagesKnown > 0)
      .toSorted((a, b) => a.messagesKnown - b.messagesKnown)
      .at(-1);
  }

  #isKeepable({ turn }: UnnamedTurn): boolean {
    const refused = unkeepable(turn);
    if (refused !== undefined) this.#options.log(`a turn was not recorded: ${refused.sentence}`);
    return refused === undefined;
  }
}

/**
 * The beginnings by which a conversation is known. Many clients may ask the same, so of one that does not say whom it asks
 * for only those count that end with an answer: a question that was broken off hands its salt to nobody else.
 */
function tellingHeads({ template, messages }: Asked): string[] {
  const heads = headsOf(template, messages);
  if (template.client !== undefined) return heads;
  return heads.filter((_, at) => messages[at]?.role === 'assistant');
}

function said(thrown: unknown): string {
  if (thrown instanceof PermafrostError) return thrown.sentence;
  return thrown instanceof Error ? String(thrown.stack) : String(thrown);
}
