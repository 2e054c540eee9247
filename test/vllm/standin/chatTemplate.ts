import type { ChatBody } from './requests.ts';

type Message = ChatBody['messages'][number];

/** What shapes the prompt of a chat. */
export type Templated = Pick<
  ChatBody,
  | 'messages'
  | 'tools'
  | 'chat_template'
  | 'chat_template_kwargs'
  | 'add_generation_prompt'
  | 'add_special_tokens'
>;

/** The fields of a chat that vLLM hands to the template with its arguments. */
export function withFieldsAsArguments({ documents, reasoning_effort: effort, ...body }: ChatBody): ChatBody {
  const given = {
    ...(documents ? { documents } : {}),
    ...(effort ? { reasoning_effort: effort } : {}),
  };
  return { ...body, chat_template_kwargs: { ...body.chat_template_kwargs, ...given } };
}

/**
 * The conversation as text with special tokens: the same template as the one in ../tiny_model.py. Besides what that one
 * has, the template arguments `note`, `documents` and `reasoning_effort` add lines; `preamble` is what another template
 * would say first, for tests of templates that drift, and a template of the request's own is taken for such a preamble.
 */
export function renderChat(body: Templated, preamble: string) {
  const { note, documents, reasoning_effort: effort } = body.chat_template_kwargs ?? {};
  const first = body.chat_template ?? preamble;
  return [
    body.add_special_tokens ? '<|begin|>' : '',
    '<|begin|>',
    first === '' ? '' : `<|system|>${first}<|end|>`,
    effort ? `<|system|>${effort}<|end|>` : '',
    ...(documents ?? []).map((document) => `<|system|>${toPythonJson(document)}<|end|>`),
    renderTools(body.tools ?? []),
    ...body.messages.map(renderMessage),
    note === undefined ? '' : `<|system|>${note}<|end|>`,
    body.add_generation_prompt ? '<|assistant|>' : '',
  ].join('');
}

function renderTools(tools: readonly unknown[]): string {
  return tools.length === 0
    ? ''
    : `<|tool|>${tools.map((tool) => `${toPythonJson(tool)}\n`).join('')}<|end|>`;
}

function renderMessage({ role, content, tool_calls }: Message): string {
  const calls = (tool_calls ?? []).map((call) => toPythonJson(withParsedArguments(call.function)));
  return `<|${role}|>${contentText(content)}${calls.join('')}<|end|>`;
}

function contentText(content: Message['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('\n');
}

/** vLLM parses arguments before the template writes them again: one reason why texts drift and ids are kept. */
function withParsedArguments(call: { name: string; arguments: string }): unknown {
  try {
    return { arguments: JSON.parse(call.arguments), name: call.name };
  } catch {
    return { arguments: call.arguments, name: call.name };
  }
}

/** JSON as Python's json.dumps writes it: a space after each comma and colon. */
function toPythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toPythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, held]) => `${JSON.stringify(key)}: ${toPythonJson(held)}`);
  return `{${members.join(', ')}}`;
}
