import * as z from 'zod';
import { PermafrostError, stillReadable } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import { wellFormedText } from '../../core/memory/memory.ts';
import type { ChatMessage } from '../../core/vllm/requests.ts';
import { Message } from '../../core/windows/message.ts';
import { THAW_STATUSES, type Thawed, type ThawOptions } from '../../core/windows/thawed.ts';
import { estimateTokens } from '../budget.ts';
import type { OnText } from '../environment.ts';
import { count } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { cacheFields, cacheLine, messageText, windowNamed, windowNameFields } from './fields.ts';

/** The most tokens of an answer to continueWith when the caller does not say. */
const REPLY_TOKENS = 512;

const Drift = z.object({
  message: z.object({ index: z.int(), role: z.string() }).nullable(),
  tokenIndex: z.int().describe('the first token that differs, counted from 0'),
  frozenText: z.string(),
  currentText: z.string(),
});

const Continuation = z.object({
  promptTokens: z.int(),
  completionTokens: z.int(),
  cachedTokens: z.int().nullable(),
  finishReason: z.string().nullable(),
});

const Output = z.object({
  windowId: z.string(),
  name: z.string(),
  status: z.enum(THAW_STATUSES),
  model: z.string().nullable(),
  endpoint: z.string().nullable().describe('the server it was thawed at; `reasons` say why that one'),
  ...cacheFields,
  reasons: z.array(z.string()).describe('what stands between this and `verified`, and what else was noticed'),
  sessionId: z
    .string()
    .nullable()
    .describe('the session that goes on from here; null when nothing was thawed'),
  reply: z.string().optional().describe('the answer to continueWith'),
  continuation: Continuation.optional().describe('what the server counted for that answer'),
  drift: Drift.optional(),
  messages: z.array(Message).optional().describe('the conversation, when it is handed on as text'),
  omittedMessages: z.int().optional().describe('its first messages, left out to fit maxTokens'),
});
type Output = z.infer<typeof Output>;

export const windowThaw = defineTool({
  name: 'window_thaw',
  title: 'Thaw a context window',
  description:
    "Brings a frozen conversation back into its vLLM server's cache with the same tokens and salt, and reports what the server " +
    'said. `verified`: the same tokens, with the same next-token probabilities, and the cache was seen to have some of them, as many ' +
    'as `cachedTokens` says (all are in it now); `token_exact`: the same tokens, but not all of that was seen (see `reasons`); ' +
    "`drifted`: the server's chat template now makes other tokens, nothing was " +
    'sent; `text_only`: no tokens or no server, so the conversation comes back as `messages`. `continueWith` asks the next ' +
    'question, and maxTokens limits its answer, which comes in progress notifications as well where the caller asks for them.',
  area: 'windows',
  annotations: { readOnlyHint: false, openWorldHint: true },
  input: z.strictObject({
    ...windowNameFields,
    continueWith: wellFormedText('continueWith', { min: 1, max: limits.continueCharacters })
      .optional()
      .describe('a question to go on with, whose answer comes in `reply`'),
    force: z
      .boolean()
      .optional()
      .describe('thaw the exact tokens although the template drifted; default false'),
  }),
  output: Output,
  run: async ({ continueWith, force, ...named }, { context, environment, maxTokens, signal }) => {
    const options = {
      continueWith,
      force,
      replyTokens: maxTokens ?? REPLY_TOKENS,
      onEvent: handingTo(environment.onText),
    };
    const { id: windowId } = context.windows.summary(windowNamed(named));
    try {
      return outputOf(await context.windows.thaw({ windowId }, options, signal), maxTokens);
    } catch (thrown) {
      throw isOfServer(thrown) ? stillReadable(thrown, windowId) : thrown;
    }
  },
  text: readable,
});

/** Whether it is the server that cannot do it: it is away, refuses, is silent, or has another model. */
function isOfServer(thrown: unknown): thrown is PermafrostError {
  return thrown instanceof PermafrostError && /^PF-(5|6001|7|8)/.test(thrown.code);
}

/** Undefined when nobody listens: an answer of which nothing was handed on can be asked of another server. */
function handingTo(onText: OnText | undefined): ThawOptions['onEvent'] {
  if (onText === undefined) return undefined;
  return (event) => {
    if (event.kind === 'text') onText(event.text);
  };
}

function outputOf({ reply, drift, messages, ...thawed }: Thawed, maxTokens: number | undefined): Output {
  const { text, ...continuation } = reply ?? { text: undefined };
  return {
    ...thawed,
    reasons: [...thawed.reasons],
    ...(drift === null ? {} : { drift }),
    ...(text === undefined ? {} : { reply: text, continuation: Continuation.parse(continuation) }),
    ...(thawed.status === 'text_only' && reply === null ? handedOn(messages, maxTokens) : {}),
  };
}

/** The last messages that fit: what was said last is what goes on. */
function handedOn(
  messages: readonly ChatMessage[],
  maxTokens = Infinity,
): Pick<Output, 'messages' | 'omittedMessages'> {
  let first = messages.length;
  for (let tokens = 0; first > 0; first--) {
    tokens += estimateTokens(messages[first - 1]);
    if (tokens > maxTokens && first < messages.length) break;
  }
  return { messages: messages.slice(first), ...(first === 0 ? {} : { omittedMessages: first }) };
}

function readable(thawed: Output): string {
  const { name, status, reasons, sessionId, reply, messages, omittedMessages = 0 } = thawed;
  return [
    `"${name}": ${status}.`,
    ...(thawed.timeToFirstTokenMs === null ? [] : [`${cacheLine(thawed)}.`]),
    ...reasons,
    ...(sessionId === null ? [] : [`It goes on as session ${sessionId}.`]),
    ...(reply === undefined ? [] : ['', reply]),
    ...(omittedMessages === 0
      ? []
      : ['', `(${count(omittedMessages, 'earlier message')} left out to fit maxTokens)`]),
    ...(messages === undefined ? [] : ['', ...messages.map(messageText)]),
  ].join('\n');
}
