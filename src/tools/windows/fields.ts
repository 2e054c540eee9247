import * as z from 'zod';
import { invalidInput } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { Tag, wellFormedText } from '../../core/memory/memory.ts';
import type { ChatMessage } from '../../core/vllm/requests.ts';
import { textOf } from '../../core/windows/message.ts';
import { SESSION_STATES, type SessionSummary } from '../../core/windows/session.ts';
import { CACHED_TOKENS_SOURCES } from '../../core/windows/warm.ts';
import { WINDOW_KINDS, type WindowSummary } from '../../core/windows/window.ts';
import type { WindowName } from '../../core/windows/windowRows.ts';
import { count, isoTime } from '../fields.ts';

export const Id = z.string().min(1).max(100);
export const Model = wellFormedText('model', { min: 1, max: limits.modelCharacters });
export const Name = wellFormedText('name', { min: 1, max: limits.nameCharacters }).refine(
  (value) => value.trim() !== '',
  'name is blank',
);
/** A name that is given: in one line, as lists have it, and without blanks around it, which `/thaw` in the chat takes off. */
export const NewName = Name.refine((value) => !/[\r\n]/.test(value), 'name has a line break').refine(
  (value) => value === value.trim(),
  'name has blanks around it',
);
export const Description = wellFormedText('description', { max: limits.descriptionCharacters });
export const WindowTags = z.array(Tag).max(limits.tagsPerMemory);

export const windowNameFields = {
  windowId: Id.optional().describe('this, or name'),
  name: Name.optional(),
};

/** Which window a caller means. @throws PF-1001 unless it is named in exactly one way. */
export function windowNamed({
  windowId,
  name,
}: {
  windowId?: string | undefined;
  name?: string | undefined;
}): WindowName {
  if (windowId !== undefined && name === undefined) return { windowId };
  if (name !== undefined && windowId === undefined) return { name };
  throw invalidInput(
    'Name the window by either windowId or name.',
    'window_list shows both. Nothing was changed.',
  );
}

export const SessionOutput = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(SESSION_STATES),
  model: z.string().nullable(),
  endpoint: z.string().nullable(),
  messageCount: z.int(),
  tokenCount: z.int().nullable().describe('of its exact prefix, as the server counted'),
  thawedFrom: z.string().nullable().describe('id of the window it was thawed from'),
  frozenAs: z.string().nullable().describe('id of the window it is frozen as'),
  createdAt: z.string(),
  updatedAt: z.string(),
});
type SessionOutput = z.infer<typeof SessionOutput>;

export function sessionOutput(session: SessionSummary): SessionOutput {
  return { ...session, createdAt: isoTime(session.createdAt), updatedAt: isoTime(session.updatedAt) };
}

export const WindowOutput = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  tags: z.array(z.string()),
  kind: z.enum(WINDOW_KINDS).describe('exact: with token ids; text_only: the messages alone'),
  model: z.string().nullable(),
  endpoint: z.string().nullable(),
  messageCount: z.int(),
  promptTokens: z.int().nullable(),
  blockCount: z.int().nullable().describe("full blocks of the server's cache"),
  sessionId: z.string(),
  parentId: z
    .string()
    .nullable()
    .describe('the window that it is a clone of, or that its session was thawed from'),
  clonedFrom: z.string().optional().describe('the same, when it is a clone'),
  frozenAt: z.string().describe('of a clone, when it was made'),
  thawedAt: z.string().nullable(),
  thawCount: z.int(),
  archived: z.boolean(),
});
export type WindowOutput = z.infer<typeof WindowOutput>;

/** A window without its content, whatever else the object has. */
export function windowOutput({
  tags,
  frozenAt,
  thawedAt,
  clonedFrom,
  ...window
}: WindowSummary): WindowOutput {
  return WindowOutput.parse({
    ...window,
    tags: [...tags],
    ...(clonedFrom === null ? {} : { clonedFrom }),
    frozenAt: isoTime(frozenAt),
    thawedAt: thawedAt === null ? null : isoTime(thawedAt),
  });
}

/** What was seen of a server's cache; null is what nobody saw. */
export const cacheFields = {
  promptTokens: z.int().nullable(),
  cachedTokens: z.int().nullable().describe('tokens of the prompt that the server had in its cache'),
  cachedTokensSource: z
    .enum(CACHED_TOKENS_SOURCES)
    .describe('server: by its answer; metrics: by how its idle counters grew; none: not known'),
  blocksExpected: z.int().nullable(),
  blocksFound: z.int().nullable(),
  promptTokensBySource: z
    .object({ localCacheHit: z.int(), externalKvTransfer: z.int(), localCompute: z.int() })
    .nullable()
    .optional()
    .describe(
      "where the tokens of the prompt came from: the server's own cache, its KV connector (host memory, disk or another " +
        'store), or computed; null when the server does not tell or was busy',
    ),
  timeToFirstTokenMs: z.number().nullable(),
};
const Cache = z.object(cacheFields);

/** `992 of 1000 tokens from the cache (31 of 31 blocks, server), first token after 12 ms`. */
export function cacheLine(cache: z.infer<typeof Cache>): string {
  const { promptTokens, cachedTokens, cachedTokensSource, blocksExpected, blocksFound, timeToFirstTokenMs } =
    cache;
  const blocks = blocksFound === null ? '' : `${blocksFound} of ${String(blocksExpected)} blocks, `;
  const cached =
    cachedTokens === null
      ? `${String(promptTokens)} tokens; how many came from the cache is not known`
      : `${cachedTokens} of ${String(promptTokens)} tokens from the cache (${blocks}said by ${cachedTokensSource})`;
  return timeToFirstTokenMs === null ? cached : `${cached}, first token after ${timeToFirstTokenMs} ms`;
}

/** One line about a window: `01K... "Name" [tag] exact, tiny-llama, 14 messages, 812 tokens, frozen 2026-11-20`. */
export function windowLine(window: WindowOutput): string {
  const {
    id,
    name,
    tags,
    kind,
    model,
    messageCount,
    promptTokens,
    archived,
    frozenAt,
    parentId,
    clonedFrom,
  } = window;
  const facts = [
    kind,
    ...(model === null ? [] : [model]),
    count(messageCount, 'message'),
    ...(promptTokens === null ? [] : [count(promptTokens, 'token')]),
    `frozen ${frozenAt.slice(0, 10)}`,
    ...(parentId === null
      ? []
      : [clonedFrom === undefined ? `thawed from ${parentId}` : `clone of ${clonedFrom}`]),
    ...(archived ? ['archived'] : []),
  ];
  return `${id} "${name}"${tags.length === 0 ? '' : ` [${tags.join(', ')}]`} ${facts.join(', ')}`;
}

/** One line about a session. */
export function sessionLine({ id, title, state, model, messageCount, updatedAt }: SessionOutput): string {
  const named = title === '' ? '' : ` "${title}"`;
  return `${id}${named} ${state}, ${model ?? 'no model'}, ${count(messageCount, 'message')}, ${updatedAt.slice(0, 10)}`;
}

/** A message for a reader: who said it, and what. Calls of tools are shown as they are. */
export function messageText(message: ChatMessage): string {
  const calls = message['tool_calls'] === undefined ? '' : `\n${JSON.stringify(message['tool_calls'])}`;
  return `[${message.role}] ${textOf(message)}${calls}`;
}
