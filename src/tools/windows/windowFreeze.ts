import * as z from 'zod';
import { invalidInput } from '../../core/errors.ts';
import type { FreezeSource } from '../../core/windows/freeze.ts';
import { ChatMessages, ChatTemplateKwargs, ChatTools } from '../../core/windows/message.ts';
import { defineTool } from '../tool.ts';
import {
  Description,
  Id,
  Model,
  NewName,
  windowLine,
  windowOutput,
  WindowOutput,
  WindowTags,
} from './fields.ts';

const Input = z.strictObject({
  sessionId: Id.optional().describe('a session to freeze; or give messages'),
  messages: ChatMessages.optional().describe(
    'a conversation to freeze, as chat completions take it: [{role, content, ...}]; or give sessionId',
  ),
  model: Model.optional().describe('with messages: the model on the server; its first one when left out'),
  tools: ChatTools.optional().describe('with messages: the tools that the chat template gets'),
  chatTemplateKwargs: ChatTemplateKwargs.optional().describe('with messages: arguments of the chat template'),
  name: NewName.optional().describe('unique; the beginning of the first question when left out'),
  description: Description.optional(),
  tags: WindowTags.optional(),
});

export const windowFreeze = defineTool({
  name: 'window_freeze',
  title: 'Freeze a context window',
  description:
    'Keeps a conversation with a vLLM model for good, with the exact tokens that its server makes of it, so that window_thaw ' +
    "can bring it back into the server's cache, after a restart too. Freezes a session of session_list, or any messages. " +
    'Without a server, it keeps the messages alone, and says so in `notes`.',
  area: 'windows',
  annotations: { readOnlyHint: false, openWorldHint: true },
  input: Input,
  output: z.object({ window: WindowOutput, notes: z.array(z.string()) }),
  run: async (input, { context, signal }) => {
    const { name, description, tags } = input;
    const window = await context.windows.freeze(sourceOf(input), { name, description, tags }, signal);
    return { window: windowOutput(window), notes: [...window.notes] };
  },
  text: ({ window, notes }) => [`Frozen: ${windowLine(window)}`, ...notes].join('\n'),
});

function sourceOf({
  sessionId,
  messages,
  model,
  tools,
  chatTemplateKwargs,
}: z.output<typeof Input>): FreezeSource {
  if (messages !== undefined && sessionId === undefined) {
    return { messages, model, template: { tools, chatTemplateKwargs } };
  }
  const more = [messages, model, tools, chatTemplateKwargs].some((field) => field !== undefined);
  if (sessionId !== undefined && !more) return { sessionId };
  throw invalidInput(
    sessionId === undefined
      ? 'There is nothing to freeze: neither sessionId nor messages.'
      : 'messages, model, tools and chatTemplateKwargs do not go with sessionId: a session has its own.',
    'Give sessionId, or messages with model, tools and chatTemplateKwargs as needed. Nothing was changed.',
  );
}
