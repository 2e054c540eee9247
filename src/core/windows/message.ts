import * as z from 'zod';
import { limits } from '../limits.ts';
import type { ChatMessage } from '../vllm/requests.ts';

const Part = z.looseObject({ type: z.string().min(1).max(limits.roleCharacters) });

/**
 * One message of a conversation in the form of OpenAI's chat completions. What is not named here (`tool_calls`,
 * `tool_call_id`, `name`, `reasoning`) is passed on as it came.
 */
export const Message: z.ZodType<ChatMessage> = z
  .looseObject({
    role: z.string().min(1).max(limits.roleCharacters),
    content: z.union([z.string(), z.array(Part)], 'content has to be text or a list of parts').nullish(),
  })
  .refine(
    ({ role, content }) => role === 'assistant' || (content ?? undefined) !== undefined,
    'content is missing (only a message of the assistant may go without)',
  );

/** A JSON object that is passed on as it came. */
const JsonObject = z.record(z.string(), z.unknown());

const storable = <T>(schema: z.ZodType<T>, what: string) =>
  schema
    .refine((value) => isShallow(value), {
      message: `${what} are nested more than ${limits.jsonLevels} levels deep`,
      abort: true, // What else is asked goes through all levels.
    })
    .refine((value) => everyText(value, (text) => text.isWellFormed()), `${what} contain a lone surrogate`)
    .refine(
      (value) => Buffer.byteLength(JSON.stringify(value)) <= limits.conversationBytes,
      `${what} are larger than 50 MB`,
    );

const withoutNul = <T>(schema: z.ZodType<T>, what: string) =>
  schema.refine(
    (value) => everyText(value, (text) => !text.includes('\0')),
    `${what} contain a NUL character`,
  );

/** The messages of a conversation that was had, be it with what a tool read from a binary file. */
export const SaidMessages = storable(
  z.array(Message).min(1, 'there are no messages to freeze').max(limits.messagesPerWindow),
  'messages',
);
export const ChatMessages = withoutNul(SaidMessages, 'messages');
export const ChatTools = withoutNul(
  storable(z.array(JsonObject).max(limits.toolsPerWindow), 'tools'),
  'tools',
);
export const ChatTemplateKwargs = withoutNul(
  storable(JsonObject, 'chatTemplateKwargs'),
  'chatTemplateKwargs',
);

/** What a chat template is given besides the messages, and what else tells conversations of the same words apart. */
export const Template = z.object({
  tools: z.array(JsonObject).readonly().optional(),
  chatTemplateKwargs: JsonObject.optional(),
  /** A template of the client's own instead of the model's. */
  chatTemplate: z.string().optional(),
  documents: z.array(JsonObject).readonly().optional(),
  reasoningEffort: z.string().optional(),
  /** Whether the tokenizer puts its own tokens around what the template writes, as one at the beginning. */
  addSpecialTokens: z.boolean().optional(),
  /** A digest of whom a client asks for, as far as it says so. It is sent to nobody. */
  client: z.string().optional(),
});
export type Template = z.infer<typeof Template>;

/** Whether lists and objects are within each other in no more than so many levels. */
export function isShallow(value: unknown, levels: number = limits.jsonLevels): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((held) => isShallow(held, levels - 1));
}

/** Whether all text in it is as it is to be, keys of objects included. */
function everyText(value: unknown, isGood: (text: string) => boolean): boolean {
  if (typeof value === 'string') return isGood(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, held]) => isGood(key) && everyText(held, isGood));
}

/** The text of a message, its parts joined; parts that are no text are named. */
export function textOf(message: ChatMessage): string {
  return contentOf(message).map(partText).join('\n');
}

/**
 * Whether token ids say all of it. Images and sounds reach the model besides the tokens, so the ids alone would
 * restore another conversation.
 */
export function hasOnlyText(messages: readonly ChatMessage[]): boolean {
  return messages.every((message) => contentOf(message).every((part) => TextPart.safeParse(part).success));
}

const TextPart = z.union([z.string(), z.looseObject({ text: z.string() })]);

function contentOf({ content }: ChatMessage): readonly unknown[] {
  if (Array.isArray(content)) return content;
  return typeof content === 'string' ? [content] : [];
}

function partText(part: unknown): string {
  const text = TextPart.safeParse(part);
  if (!text.success) return `[${Part.safeParse(part).data?.type ?? 'unknown part'}]`;
  return typeof text.data === 'string' ? text.data : text.data.text;
}
