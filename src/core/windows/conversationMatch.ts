import { createHash } from 'node:crypto';
import { number, optional, text } from '../store/row.ts';
import type { SqlReader } from '../store/sqlView.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { hasOnlyText, isShallow, textOf, type Template } from './message.ts';

// Clients of an OpenAI interface name no conversation: they send all that was said so far, every time. So a conversation
// is known by what was said in it. Each turn of a session is kept with a digest of the conversation up to there, its
// head; a request whose beginning has such a head goes on in that session. One indexed query finds it, however many
// sessions there are, for every process that has the context.

/** What is looked for: the session that a conversation goes on in. */
export interface Sought {
  /** Null when the request leaves it to the server. */
  readonly model: string | null;
  /** Those of the conversation: see `headsOf`. */
  readonly heads: readonly string[];
  /** Only sessions with this salt, when it is given. */
  readonly salt?: string | undefined;
}

export interface Known {
  readonly sessionId: string;
  readonly salt: string;
  /** The address of the server that answered it last. */
  readonly endpoint: string | null;
  /**
   * Whether the session itself can take the next turn. It cannot when it is frozen, or when it went on in another way
   * meanwhile: then the conversation is a branch of it, whose beginning the server's cache has under the same salt.
   */
  readonly isOpen: boolean;
  /** How many of the messages it has. */
  readonly messagesKnown: number;
}

/** The session that shares the longest beginning with a conversation, up to the end of one of its turns. */
export function findKnown(view: SqlReader, { model, heads, salt }: Sought): Known | undefined {
  const row = view.first(
    `SELECT s.id, s.salt, s.endpoint, t.turn = s.turn_count AND s.state IN ('active', 'thawed') AS is_open, h.key AS at
     FROM json_each(?1) h CROSS JOIN session_turns t ON t.head = h.value CROSS JOIN sessions s ON s.row = t.session
     WHERE s.state <> 'expired' AND (?2 IS NULL OR s.model = ?2) AND (?3 IS NULL OR s.salt = ?3)
     ORDER BY h.key DESC, is_open DESC, s.updated_commit DESC, s.row DESC LIMIT 1`,
    [JSON.stringify(heads), model, salt ?? null],
  );
  if (row === undefined) return undefined;
  return {
    sessionId: text(row, 'id'),
    salt: text(row, 'salt'),
    endpoint: optional(text, row, 'endpoint') ?? null,
    isOpen: number(row, 'is_open') === 1,
    messagesKnown: number(row, 'at') + 1,
  };
}

/** The digest of a whole conversation. */
export function headOf(template: Template, messages: readonly ChatMessage[]): string {
  return headsOf(template, messages).at(-1) ?? digest('', templateForm(template));
}

/**
 * A digest for each beginning of a conversation, of its first message to all of them: a chain, so that a conversation
 * of n messages is read once and not n times.
 */
export function headsOf(template: Template, messages: readonly ChatMessage[]): string[] {
  let head = digest('', templateForm(template));
  return messages.map((message) => (head = digest(head, messageForm(message))));
}

/** 128 bits: enough that no two conversations have the same by chance. */
const DIGEST_CHARACTERS = 22;

function digest(before: string, form: string): string {
  return createHash('sha256').update(before).update(form).digest('base64url').slice(0, DIGEST_CHARACTERS);
}

/** Without tools is the same as with none. What else is seldom there is left out then: so heads stay what they were. */
function templateForm({ tools = [], chatTemplateKwargs = {}, client, ...seldom }: Template): string {
  const rest = Object.values(seldom).every((value) => value === undefined) ? [] : [seldom];
  return stable([tools, chatTemplateKwargs, ...(client === undefined ? [] : [client]), ...rest]);
}

/**
 * A message as far as it tells conversations apart. Clients give answers back in a form of their own: trimmed, with
 * empty fields or without, as parts, without reasoning, with the arguments of calls written anew.
 */
function messageForm(message: ChatMessage): string {
  const { role, content, tool_calls: calls, tool_call_id: answers, name } = message;
  const said = hasOnlyText([message]) ? textOf(message).trim() : content;
  return stable([role, said, Array.isArray(calls) ? calls.map(callForm) : [], answers ?? null, name ?? null]);
}

function callForm(call: unknown): unknown {
  if (!isObject(call) || !isObject(call['function'])) return call;
  const { name, arguments: given } = call['function'];
  return [call['id'] ?? null, name, typeof given === 'string' ? parsed(given) : given];
}

/** What a model wrote need not be JSON: then it is its text that counts. Nothing at all are no arguments. */
function parsed(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json.trim() === '' ? '{}' : json);
    return isShallow(value) ? value : json.trim();
  } catch {
    return json.trim();
  }
}

/** JSON whose keys have one order. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) =>
    isObject(held) ? Object.fromEntries(Object.entries(held).toSorted(([a], [b]) => (a < b ? -1 : 1))) : held,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
