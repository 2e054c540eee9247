import { undamaged } from '../known.ts';
import type { Blobs } from '../log/blobs.ts';
import { readPage } from '../store/page.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import { newSalt } from '../vllm/salt.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { Answering } from './answering.ts';
import { findKnown, headsOf, type Known, type Sought } from './conversationMatch.ts';
import { tidySessions } from './expiry.ts';
import type { Template } from './message.ts';
import { titleOf } from './naming.ts';
import { mayMove, type Session, type SessionState, type SessionSummary, type Turn } from './session.ts';
import {
  insertBranch,
  insertSession,
  insertTurn,
  LAST_CHANGED,
  moveSession,
  sessionOf,
  sessionStateOf,
  sessionSummaryOf,
  SESSION_COLUMNS,
} from './sessionRows.ts';

export interface SessionsOptions {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Gives ids that sort in the order they were given. */
  readonly newId: () => string;
  /** Days without a turn after which a session is over: see `tidySessions`. 0, and left out: never. */
  readonly sessionDays?: (() => number) | undefined;
}

export interface SessionStart {
  /** Null when nobody said which. */
  readonly model: string | null;
  readonly endpoint: string;
  /** The beginning of its first question when left out. */
  readonly title?: string | undefined;
  /** Tools and template arguments that all its requests have. */
  readonly template?: Template | undefined;
  /** A new one when left out. */
  readonly salt?: string | undefined;
}

/** A conversation that names no session: what its requests have in common. */
interface Unnamed extends SessionStart {
  readonly template: Template;
  readonly salt: string;
}

export interface UnnamedTurn {
  readonly conversation: Unnamed;
  /** All that was sent with the question. */
  readonly asked: readonly ChatMessage[];
  readonly turn: Turn;
}

export interface SessionQuery {
  readonly state?: SessionState | undefined;
  readonly model?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface SessionPage {
  readonly sessions: SessionSummary[];
  /** How many there are in all, from the same state as the rows. */
  readonly total: number;
  readonly nextCursor?: string;
}

/** The conversations with vLLM servers that this context knows of. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #listeners = new Set<(id: string) => void>();
  readonly #answering: Answering;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#answering = new Answering(options.store.directory);
  }

  /** Calls `listener` after each turn that this process records, until the answer is called. */
  onRecorded(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Begins a session, with its first turn when that is given, in one commit. All its requests, that of the first turn
   * too, are to carry `salt` as `cache_salt`.
   */
  start(
    { title = '', template = {}, salt = newSalt(), ...rest }: SessionStart,
    first?: Turn,
  ): { id: string; salt: string } {
    const { store, now, newId, sessionDays } = this.#options;
    const session = {
      ...rest,
      id: newId(),
      salt,
      title,
      template,
      state: 'active',
    } as const;
    const at = now();
    store.write((tx) => {
      tidySessions(tx, at, sessionDays?.() ?? 0);
      insertSession(tx, session, at);
      if (first !== undefined) recordIn(tx, store.blobs, session.id, first, at);
    });
    if (first !== undefined) this.announce(session.id);
    return { id: session.id, salt };
  }

  /**
   * Keeps one turn, whose question was put when the session had so many turns. A thawed session becomes active by it.
   * Where it went on, was frozen or ended meanwhile, the turn begins a branch under the same salt, as in `record`. Gives
   * the id of the session that has the turn.
   * @throws PF-2004 when there is no such session.
   */
  recordTurn({ id, turnCount }: Pick<Session, 'id' | 'turnCount'>, turn: Turn): string {
    const { store, now, newId } = this.#options;
    const [at, branch] = [now(), newId()];
    const kept = store.write((tx) => {
      const known = sessionStateOf(tx, id);
      const isOpen = known.turnCount === turnCount && mayMove(known.summary.state, 'active');
      if (isOpen && extend(tx, store.blobs, id, turn, at)) {
        moveSession(tx, id, 'active', at);
        return id;
      }
      insertBranch(tx, id, branch, at);
      recordIn(tx, store.blobs, branch, turn, at);
      return branch;
    });
    this.announce(kept);
    return kept;
  }

  /** Tells those who listen of a turn that was recorded, also by what else records one: a thaw that went on at once. */
  announce(id: string): void {
    this.#listeners.forEach((listener) => listener(id));
  }

  /** The session that a conversation goes on in or branches off from, known by what was said in it. */
  find(sought: Sought): Known | undefined {
    return this.#options.store.read((view) => findKnown(view, sought));
  }

  /**
   * Keeps turns of conversations that name no session, in one commit: each in the session with its salt that its
   * question extends, else in a new one. That is decided in the transaction, so of two processes that go on with the same
   * conversation at once one finds the session gone on, and begins a branch: neither loses a turn. Gives the sessions' ids.
   */
  record(...turns: readonly UnnamedTurn[]): string[] {
    const { store, now, newId, sessionDays } = this.#options;
    const at = now();
    const begun = turns.map((said) => ({ ...said, newSession: newId() }));
    const ids = store.write((tx) => {
      let hasBegun = false;
      const recorded = begun.map(({ conversation, asked, turn, newSession }) => {
        const { title = '', template, salt, model, endpoint } = conversation;
        const known = findKnown(tx, { model, salt, heads: headsOf(template, asked) });
        if (known?.isOpen === true && extend(tx, store.blobs, known.sessionId, turn, at)) {
          moveSession(tx, known.sessionId, 'active', at, { endpoint });
          return known.sessionId;
        }
        hasBegun = true;
        insertSession(tx, { ...conversation, id: newSession, title, state: 'active' }, at);
        recordIn(tx, store.blobs, newSession, turn, at);
        return newSession;
      });
      // Last, for one of them may be about to go on.
      if (hasBegun) tidySessions(tx, at, sessionDays?.() ?? 0);
      return recorded;
    });
    ids.forEach((id) => this.announce(id));
    return ids;
  }

  /**
   * Does the work of a turn, from the question to `recordTurn`. Until it is over no process freezes the session.
   */
  async answering<T>(id: string, work: () => Promise<T>): Promise<T> {
    const end = this.beginAnswer(id);
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** The same for an answer whose end is told by calling what this gives. */
  beginAnswer(id: string): () => void {
    return this.#answering.begin(id);
  }

  /** Whether any process is in the middle of a turn of the session. */
  isAnswering(id: string): boolean {
    return this.#answering.has(id);
  }

  /** A session without what was said in it. @throws PF-2004 when it is not there. */
  summary(id: string): SessionSummary {
    return this.#options.store.read((view) => sessionStateOf(view, id).summary);
  }

  /** A session with its messages and token ids. @throws PF-2004 when it is not there. */
  get(id: string): Session {
    const { store } = this.#options;
    return store.read((view) => sessionOf(view, store.blobs, id));
  }

  /** A page of sessions, the last changed first. @throws PF-1001 when the cursor belongs to another list. */
  list({ state, model, limit, cursor }: SessionQuery): SessionPage {
    const where = {
      sql: '(?1 IS NULL OR s.state = ?1) AND (?2 IS NULL OR s.model = ?2)',
      parameters: [state ?? null, model ?? null],
    };
    return this.#options.store.read((view) => {
      const { rows, ...page } = readPage(view, {
        select: SESSION_COLUMNS,
        from: 'sessions s',
        where,
        sort: LAST_CHANGED,
        order: 'desc',
        limit,
        cursor,
      });
      return { sessions: rows.map(sessionSummaryOf), ...page };
    });
  }
}

/** Writes the next turn of a session, unless what was said in it before is damaged: then it cannot be gone on with. */
function extend(tx: Transaction, blobs: Blobs, id: string, turn: Turn, at: number): boolean {
  const written = undamaged(() => {
    recordIn(tx, blobs, id, turn, at);
    return true;
  });
  return written ?? false;
}

/** Writes a turn; a session without a title takes one from it. */
function recordIn(tx: Transaction, blobs: Blobs, id: string, turn: Turn, at: number): void {
  insertTurn(tx, blobs, id, turn, at);
  tx.run("UPDATE sessions SET title = ? WHERE id = ? AND title = ''", [titleOf(turn.messages), id]);
}
