import { setTimeout as delay } from 'node:timers/promises';
import { cancelled, nameTaken, wrongState } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Endpoints } from '../vllm/endpoints/endpoints.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { newSalt } from '../vllm/salt.ts';
import { capture, type Capture, type Conversation } from './capture.ts';
import { keepBytes, keepMessages, keepTokenIds } from './kept.ts';
import { hasOnlyText, type Template } from './message.ts';
import { defaultName, freeName, isTaken } from './naming.ts';
import type { CallClock } from './patience.ts';
import { connectIfAny, type Connect } from './reach.ts';
import { wantedByConversation } from './routing.ts';
import type { Session, SessionSummary } from './session.ts';
import {
  checkMove,
  insertSession,
  insertTurn,
  moveSession,
  sessionOf,
  sessionStateOf,
} from './sessionRows.ts';
import type { FrozenWindow } from './window.ts';
import { insertWindow, joinHashes, type KeptWindow } from './windowRows.ts';

/** What is frozen: a session, or the messages of a conversation that was had elsewhere. */
export type FreezeSource = { readonly sessionId: string } | MessagesSource;

interface MessagesSource {
  /** At least one. */
  readonly messages: readonly ChatMessage[];
  /** The server's first model when left out. */
  readonly model?: string | undefined;
  readonly template?: Template | undefined;
}

export interface FreezeOptions {
  /** The beginning of the first question when left out, with a number where that is taken. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Only for a session: it stays as it is and goes on. */
  readonly checkpoint?: Checkpoint | undefined;
}

/** A freeze that leaves the session active. */
export interface Checkpoint {
  /** Kept with the window. */
  readonly note: string;
  /** Writes more in the same commit; what it throws keeps the window from being written. */
  readonly alongside: (tx: Transaction, window: FrozenWindow, session: Session) => void;
}

export interface FreezeWorkshop {
  readonly store: Store;
  readonly now: () => number;
  readonly newId: () => string;
  readonly connect: Connect;
  /** As in SessionsOptions. */
  readonly sessionDays?: (() => number) | undefined;
  /** Whether an answer of the session is on its way. */
  readonly isAnswering: (sessionId: string) => boolean;
}

/**
 * Freezes a conversation: the server is asked first, then all is written in one commit or nothing is.
 * @throws PF-2004 for an unknown session, PF-3002 for a name that is taken, PF-3003 for a session that is frozen
 * already, empty, over, being answered, or changed meanwhile, and what the server's client throws.
 */
export async function freeze(
  workshop: FreezeWorkshop,
  source: FreezeSource,
  options: FreezeOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<FrozenWindow> {
  if (!('sessionId' in source))
    return freezeConversation(workshop, conversationOf(source), undefined, options, clock, signal);
  const session = await readySession(workshop, source.sessionId, options, signal);
  return freezeConversation(workshop, session, session, options, clock, signal);
}

async function freezeConversation(
  workshop: FreezeWorkshop,
  conversation: Conversation,
  session: Session | undefined,
  options: FreezeOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<FrozenWindow> {
  if (options.name !== undefined) checkName(workshop.store, options.name);
  const captured = await captureIfAny(workshop, conversation, clock, signal);
  const window = windowFrom(workshop, conversation, session, captured, options);
  return write(workshop, window, session, options);
}

function conversationOf({ messages, model, template = {} }: MessagesSource): Conversation {
  return { messages, model: model ?? null, template, salt: newSalt(), tokenIds: null };
}

/** How long a proxy may take to keep the turn of an answer that is over, in milliseconds, and how often it is looked at. */
const KEEPING_MS = 300;
const LOOK_MS = 20;

async function readySession(
  { store, isAnswering }: FreezeWorkshop,
  id: string,
  { checkpoint }: FreezeOptions,
  signal?: AbortSignal,
): Promise<Session> {
  // A checkpoint ends nothing: it has what was said before the answer, which goes on.
  const isBusy = () => checkpoint === undefined && isAnswering(id);
  for (let waited = 0; waited < KEEPING_MS && isBusy(); waited += LOOK_MS) {
    await delay(LOOK_MS);
    if (signal?.aborted === true) throw cancelled('Freezing');
  }
  const session = store.read((view) => sessionOf(view, store.blobs, id));
  checkReady(session, isBusy());
  return session;
}

function checkReady(session: SessionSummary, isAnswering: boolean): void {
  checkMove(session, 'frozen');
  if (isAnswering) {
    const hint = 'Freeze it when the answer is there, or cancel the answer first.';
    throw wrongState(`An answer in the session "${session.id}" is still on its way.`, hint);
  }
  if (session.messageCount > 0) return;
  throw wrongState(`The session "${session.id}" has no messages yet.`, 'Say something in it first.');
}

function checkName(store: Store, name: string): void {
  if (store.read((view) => isTaken(view, name))) throw nameTaken(name);
}

/** What is known of a conversation besides what was said in it. */
type Captured = {
  readonly [Fact in keyof Capture]: Fact extends 'notes' ? Capture[Fact] : Capture[Fact] | null;
};

const NOTHING_CAPTURED: Captured = {
  model: null,
  endpoint: null,
  tokenIds: null,
  templateTokenIds: null,
  blockHashes: null,
  blockCount: null,
  server: null,
  notes: [],
};

const NO_SERVER =
  'No vLLM endpoint is configured, so only the messages were kept, and a thaw hands them on as text. ' +
  'With permafrost.vllm.endpoint (or --vllm URL) set, a freeze keeps the exact tokens.';
const UNPROBED =
  'No vLLM endpoint is configured: the exact tokens are those of the last turn, and a thaw has nothing else to compare.';
const NOT_ONLY_TEXT =
  'It holds images or other parts that are no text, which token ids do not say, so only the messages were kept.';

async function captureIfAny(
  { store, connect }: FreezeWorkshop,
  conversation: Conversation,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Captured> {
  if (!hasOnlyText(conversation.messages)) return { ...NOTHING_CAPTURED, notes: [NOT_ONLY_TEXT] };
  const endpoints = await clock.questions('Connecting', () => connectIfAny(connect), signal);
  if (endpoints !== undefined) return captureSomewhere(endpoints, store, conversation, clock, signal);
  const { tokenIds } = conversation;
  return { ...NOTHING_CAPTURED, tokenIds, notes: [tokenIds === null ? NO_SERVER : UNPROBED] };
}

/** Nothing is written before all is known, so another endpoint can be asked all of it again. */
function captureSomewhere(
  endpoints: Endpoints,
  store: Store,
  conversation: Conversation,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Capture> {
  return endpoints.run(
    wantedByConversation(store, conversation),
    async ({ client, reasons }) => {
      const captured = await capture(client, conversation, clock, signal);
      return {
        ...captured,
        notes: [...captured.notes, ...reasons.map((reason) => `When it was frozen: ${reason}`)],
      };
    },
    signal,
  );
}

/** Which window it came of is read when it is written. */
type WithoutParent = Omit<FrozenWindow, 'parentId'>;

function windowFrom(
  { now, newId }: FreezeWorkshop,
  { messages, template, salt, model }: Conversation,
  session: Session | undefined,
  { tokenIds, ...captured }: Captured,
  { name, description, tags = [], checkpoint }: FreezeOptions,
): WithoutParent {
  const begun = session ?? { id: newId(), title: '', endpoint: null };
  return {
    ...captured,
    id: newId(),
    name: name ?? defaultName(begun.title, messages),
    description: description ?? null,
    tags: [...new Set(tags)],
    notes: checkpoint === undefined ? captured.notes : [...captured.notes, checkpoint.note],
    kind: tokenIds === null ? 'text_only' : 'exact',
    model: captured.model ?? model,
    endpoint: captured.endpoint ?? begun.endpoint,
    messageCount: messages.length,
    promptTokens: tokenIds?.length ?? null,
    sessionId: begun.id,
    clonedFrom: null,
    frozenAt: now(),
    thawedAt: null,
    thawCount: 0,
    archived: false,
    salt,
    template,
    messages,
    tokenIds,
  };
}

function write(
  workshop: FreezeWorkshop,
  window: WithoutParent,
  session: Session | undefined,
  { name: wanted, checkpoint }: FreezeOptions,
): FrozenWindow {
  const { store } = workshop;
  const mayRename = wanted === undefined;
  return store.write((tx) => {
    const name = mayRename ? freeName(tx, window.name) : window.name;
    if (!mayRename && isTaken(tx, name)) throw nameTaken(name);
    const named = { ...window, name, parentId: session === undefined ? null : parentIn(tx, session) };
    if (session === undefined) registerSession(tx, store, named);
    else if (checkpoint === undefined) freezeSession(workshop, tx, session, named);
    insertWindow(tx, named, keep(store, named));
    if (session !== undefined) checkpoint?.alongside(tx, named, session);
    return named;
  });
}

/** The window that a session was thawed from, unless that was deleted for good while the server was asked. */
function parentIn(tx: Transaction, { id }: Session): string | null {
  return sessionStateOf(tx, id).summary.thawedFrom;
}

function keep({ blobs }: Store, window: FrozenWindow): KeptWindow {
  const { messages, tokenIds, templateTokenIds, blockHashes } = window;
  return {
    messages: keepMessages(blobs, messages),
    tokens: tokenIds === null ? null : keepTokenIds(blobs, tokenIds),
    templateTokens: templateTokenIds === null ? null : keepTokenIds(blobs, templateTokenIds),
    blockHashes: blockHashes === null ? null : keepBytes(blobs, joinHashes(blockHashes)),
  };
}

/** A conversation that was had elsewhere becomes a session by being frozen. */
function registerSession(tx: Transaction, { blobs }: Store, window: FrozenWindow): void {
  const { sessionId, name, model, endpoint, salt, template, frozenAt, messages, tokenIds, id } = window;
  const session = { id: sessionId, title: name, model, endpoint, salt, template } as const;
  insertSession(tx, { ...session, state: 'frozen', frozenAs: id }, frozenAt);
  insertTurn(tx, blobs, sessionId, { messages, tokenIds: tokenIds ?? undefined }, frozenAt);
}

function freezeSession(
  { isAnswering }: FreezeWorkshop,
  tx: Transaction,
  session: Session,
  { id, frozenAt }: FrozenWindow,
): void {
  const now = sessionStateOf(tx, session.id);
  checkReady(now.summary, isAnswering(session.id));
  if (now.turnCount !== session.turnCount) {
    throw wrongState(`The session "${session.id}" went on while it was being frozen.`, 'Freeze it again.');
  }
  moveSession(tx, session.id, 'frozen', frozenAt, { frozenAs: id });
}
