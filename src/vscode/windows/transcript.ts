import * as z from 'zod';
import { invalidInput } from '../../core/errors.ts';
import { ChatMessages, ChatTemplateKwargs, ChatTools } from '../../core/windows/message.ts';

/** A conversation as a document holds it. */
export interface Transcript {
  readonly messages: z.output<typeof ChatMessages>;
  readonly model?: string | undefined;
  readonly tools?: z.output<typeof ChatTools> | undefined;
  readonly chatTemplateKwargs?: z.output<typeof ChatTemplateKwargs> | undefined;
}

const Whole = z.object({
  messages: ChatMessages,
  model: z.string().min(1).optional(),
  tools: ChatTools.optional(),
  chatTemplateKwargs: ChatTemplateKwargs.optional(),
});

/**
 * Reads a conversation from JSON (a list of messages, or an object with `messages` as a request to vLLM has it) or
 * from Markdown in which each turn begins with its speaker: `## User`, `**User:**` or `User:`.
 * @throws PF-1001 that says what is missing.
 */
export function parseTranscript(text: string): Transcript {
  const trimmed = text.trim();
  return /^[[{]/.test(trimmed) ? parseJson(trimmed) : parseMarkdown(text);
}

function parseJson(text: string): Transcript {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notAConversation(`it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  return checked(Array.isArray(value) ? { messages: value } : value);
}

function checked(conversation: unknown): Transcript {
  const parsed = Whole.safeParse(conversation);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw notAConversation(
    issue === undefined ? 'it has another form' : `${issue.path.join('.')}: ${issue.message}`,
  );
}

interface Speaker {
  readonly style: 'heading' | 'bold' | 'plain';
  readonly role: 'system' | 'user' | 'assistant';
  readonly rest: string;
}

const ROLES: Record<string, Speaker['role']> = {
  system: 'system',
  user: 'user',
  human: 'user',
  you: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
};

const NAMES = Object.keys(ROLES).join('|');
const STYLES = {
  heading: new RegExp(`^#{1,6}\\s+(${NAMES}):?\\s*$()`, 'i'),
  bold: new RegExp(`^\\*\\*(${NAMES}):?\\*\\*:?\\s*(.*)$`, 'i'),
  plain: new RegExp(`^(${NAMES}):\\s*(.*)$`, 'i'),
} as const;

function parseMarkdown(text: string): Transcript {
  const turns: { role: Speaker['role']; lines: string[] }[] = [];
  let style: Speaker['style'] | undefined;
  let fenced = false;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const speaker = fenced ? undefined : speakerIn(line, style);
    const last = turns.at(-1);
    if (speaker !== undefined) {
      style = speaker.style;
      turns.push({ role: speaker.role, lines: [speaker.rest] });
    } else if (last !== undefined) last.lines.push(line);
    else if (/^\s*[^#\s]/.test(line)) throw notAConversation('it does not begin with a speaker');
  }
  const messages = turns.map(({ role, lines }) => ({ role, content: lines.join('\n').trim() }));
  if (messages.length === 0) throw notAConversation('no turn was found');
  return checked({ messages });
}

/** Who speaks from this line on. The first speaker decides how speakers are written, so text may say "User:" too. */
function speakerIn(line: string, style: Speaker['style'] | undefined): Speaker | undefined {
  for (const candidate of style === undefined ? (['heading', 'bold', 'plain'] as const) : [style]) {
    const match = STYLES[candidate].exec(line);
    const role = ROLES[match?.[1]?.toLowerCase() ?? ''];
    if (role !== undefined) return { style: candidate, role, rest: match?.[2] ?? '' };
  }
  return undefined;
}

function notAConversation(why: string) {
  return invalidInput(
    `The document is not a conversation: ${why}.`,
    'It can be JSON, as [{"role": "user", "content": "…"}], or Markdown in which each turn begins with "## User" or "## Assistant".',
  );
}
