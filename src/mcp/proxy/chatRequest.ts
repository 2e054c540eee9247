import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ChatMessage } from '../../core/vllm/requests.ts';
import { isShallow, Template } from '../../core/windows/message.ts';
import { jsonIn } from './bodies.ts';
import { memberOf, withMembers } from './jsonText.ts';

/** What a request says of the conversation that it belongs to. */
export interface Asked {
  /** Null when the request leaves it to the server. */
  readonly model: string | null;
  readonly template: Template;
  readonly messages: readonly ChatMessage[];
  /** The salt that the client chose. */
  readonly salt: string | undefined;
}

/** A request for a chat, as far as the proxy reads it. */
export interface ChatRequest {
  /** The body with one character a byte. */
  readonly text: string;
  /** The conversation; undefined when it cannot be kept, as when the server is going to refuse it. */
  readonly asked: Asked | undefined;
  readonly streams: boolean;
  /** What the client asked for itself, and is to get. */
  readonly client: Additions;
  /**
   * Whether what comes back is one whole message of the assistant: not several to choose from, nor the rest of a
   * message that the client began.
   */
  readonly hasOneAnswer: boolean;
  /** Whether the client said how it wants usage, so that asking for it would change what else it gets. */
  readonly choosesUsage: boolean;
}

/** What the proxy asks for besides. */
export interface Additions {
  readonly salt: boolean;
  readonly tokenIds: boolean;
  /** For streams, which tell it only when they are asked to. */
  readonly usage: boolean;
}

/** As vLLM reads a flag (Pydantic's): true, 1, or a word for yes. */
const Flag = z
  .unknown()
  .optional()
  .transform((value) => value === true || value === 1 || /^(?:true|t|yes|y|on|1)$/i.test(String(value)));

const Body = z.looseObject({
  model: z.string().nullish(),
  messages: z.unknown().optional(),
  tools: z.unknown().optional(),
  chat_template_kwargs: z.unknown().optional(),
  chat_template: z.unknown().optional(),
  documents: z.unknown().optional(),
  reasoning_effort: z.unknown().optional(),
  add_special_tokens: z.unknown().optional(),
  stream: Flag,
  stream_options: z.looseObject({ include_usage: Flag, continuous_usage_stats: Flag }).nullish(),
  cache_salt: z.string().nullish(),
  return_token_ids: Flag,
  user: z.unknown().optional(),
  safety_identifier: z.unknown().optional(),
  prompt_cache_key: z.unknown().optional(),
  n: z.unknown().optional(),
  echo: Flag,
  continue_final_message: Flag,
});

/** The request that a body makes; undefined when it is none that the proxy knows, which the server is to judge. */
export function readChatRequest(body: Buffer): ChatRequest | undefined {
  const parsed = Body.safeParse(jsonIn(body));
  if (!parsed.success) return undefined;
  const { stream, stream_options: options, cache_salt: salt, return_token_ids: ids, n, echo } = parsed.data;
  return {
    text: body.toString('latin1'),
    asked: askedIn(parsed.data),
    streams: stream,
    client: {
      salt: typeof salt === 'string',
      tokenIds: ids,
      usage: options?.include_usage === true,
    },
    hasOneAnswer: Number(n ?? 1) === 1 && !echo && !parsed.data.continue_final_message,
    choosesUsage: options?.continuous_usage_stats === true && !options.include_usage,
  };
}

/** What is asked for besides, of a server that knows all of it: no more than can be kept. */
export function additionsFor({ client, asked, streams, hasOneAnswer, choosesUsage }: ChatRequest): Additions {
  const keepsAnswer = asked !== undefined && hasOneAnswer;
  return {
    salt: asked !== undefined && !client.salt,
    tokenIds: keepsAnswer && !client.tokenIds,
    usage: keepsAnswer && streams && !client.usage && !choosesUsage,
  };
}

/** The body that is sent: as it came, with what is added. */
export function withAdditions(text: string, salt: string, additions: Additions): Buffer {
  const options = memberOf(text, 'stream_options');
  const usage = withMembers(options?.startsWith('{') === true ? options : '{}', { include_usage: 'true' });
  const members = {
    ...(additions.salt ? { cache_salt: JSON.stringify(salt) } : {}),
    ...(additions.tokenIds ? { return_token_ids: 'true' } : {}),
    ...(additions.usage ? { stream_options: usage } : {}),
  };
  return Buffer.from(withMembers(text, members), 'latin1');
}

function askedIn(body: z.infer<typeof Body>): Asked | undefined {
  const { model, messages, cache_salt: salt } = body;
  // Only what is needed to find its session: the rest is checked when the turn is kept, which nobody waits for.
  const said = Messages.safeParse(messages);
  const shape = Template.safeParse(shapeOf(body));
  if (!said.success || !shape.success || !isShallow([said.data, shape.data])) return undefined;
  return { model: model ?? null, template: shape.data, messages: said.data, salt: salt ?? undefined };
}

/** What makes the prompt, besides the messages, of a conversation and not of one turn alone. */
function shapeOf(body: z.infer<typeof Body>): Readonly<Record<keyof Template, unknown>> {
  return {
    tools: body.tools ?? undefined,
    chatTemplateKwargs: body.chat_template_kwargs ?? undefined,
    chatTemplate: body.chat_template ?? undefined,
    documents: body.documents ?? undefined,
    reasoningEffort: body.reasoning_effort ?? undefined,
    addSpecialTokens: body.add_special_tokens === false ? undefined : (body.add_special_tokens ?? undefined),
    client: clientOf(body),
  };
}

/** A request for text that is no chat: it is not kept as a session. */
export interface PromptRequest {
  /** The body with one character a byte. */
  readonly text: string;
  /** Whom it is for, as far as it says so. */
  readonly client: string | undefined;
}

/** The request that a body makes; undefined when there is nothing to add to it: it has a salt, or the server is to judge it. */
export function readPromptRequest(body: Buffer): PromptRequest | undefined {
  const parsed = Body.safeParse(jsonIn(body));
  if (!parsed.success || typeof parsed.data.cache_salt === 'string') return undefined;
  return { text: body.toString('latin1'), client: clientOf(parsed.data) };
}

const Messages: z.ZodType<ChatMessage[]> = z.array(z.looseObject({ role: z.string() })).min(1);

/** Whom a client asks for, as far as it says so: a person, a conversation, or both. They may be anybody's, so a digest. */
function clientOf({
  user,
  safety_identifier: person,
  prompt_cache_key: conversation,
}: Pick<z.infer<typeof Body>, 'user' | 'safety_identifier' | 'prompt_cache_key'>): string | undefined {
  const named = [user, person, conversation].map((name) => (typeof name === 'string' ? name : ''));
  if (named.every((name) => name === '')) return undefined;
  return createHash('sha256').update(JSON.stringify(named)).digest('base64url').slice(0, 22);
}
