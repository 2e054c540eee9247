import * as yaml from 'yaml';
import * as z from 'zod';
import { invalidInput } from '../errors.ts';
import type { MemoryChange } from './draft.ts';
import { Content, Tags, Tier, Title, type Memory } from './memory.ts';

/** What a memory says when it is opened as a document. */
export type MemoryDocument = Pick<Memory, 'title' | 'tags' | 'tier' | 'content'>;

const FrontMatter = z.strictObject({
  title: Title,
  tags: Tags.or(z.literal(['', null]).transform(() => [])).default([]),
  tier: Tier,
});

/** The fence, the YAML between the fences, and one empty line that parts it from the content. */
const FRONT_MATTER = /^\uFEFF?---[ \t]*\r?\n(?<yaml>[\s\S]*?)(?<=\n)---[ \t]*(?:\r?\n(?:\r?\n)?|$)/;

/**
 * A memory as Markdown: YAML front matter, an empty line, then the content to the byte. The front matter has the
 * line ends of the content, because an editor gives all lines of a document the same ones.
 */
export function formatDocument({ title, tags, tier, content }: MemoryDocument): string {
  const header = `---\n${entry('title', title)}${tagsEntry(tags)}${entry('tier', tier)}---\n\n`;
  return (lineEndsOf(content) === 'crlf' ? header.replaceAll('\n', '\r\n') : header) + content;
}

/** @throws PF-1001 that says what is wrong with the front matter or the content. */
export function parseDocument(text: string): MemoryDocument {
  const match = FRONT_MATTER.exec(text);
  const front = match?.groups?.['yaml'];
  if (match === null || front === undefined)
    throw invalidInput(`Nothing was saved: ${NO_FRONT_MATTER}`, EXAMPLE);
  const { title, tags, tier } = check(FrontMatter, parseYaml(front), 'front matter');
  return { title, tags, tier, content: check(Content, text.slice(match[0].length), 'text') };
}

/** What saving `document` changes of `memory`. */
export function changeOf(memory: MemoryDocument, document: MemoryDocument): MemoryChange {
  const { title, tags, tier, content } = document;
  return { title, tags, tier, ...(isOnlyNormalized(memory.content, content) ? {} : { content }) };
}

const NO_FRONT_MATTER = 'the document has to begin with front matter between two lines of "---".';
const EXAMPLE = 'Undo, or write "title", "tags" and "tier" there, as in "tier: long_term".';

function entry(key: string, value: string): string {
  return `${key}: ${UNSEEN.test(value) ? quoted(value) : yaml.stringify(value, AS_ONE_LINE).trimEnd()}\n`;
}

function tagsEntry(tags: readonly string[]): string {
  const items = tags.map((tag) => (PLAIN_TAG.test(tag) ? tag : quoted(tag)));
  return `tags: [${items.join(', ')}]\n`;
}

const AS_ONE_LINE = { lineWidth: 0, blockQuote: false } as const;
const PLAIN_TAG = /^[\p{L}\p{N}_][\p{L}\p{N}_./-]*$/u;
/** What an editor does not show, or takes for the end of a line. */
const UNSEEN = /[\p{Cc}\u2028\u2029\uFEFF]/u;

/** JSON, which YAML reads too. */
function quoted(value: string): string {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(new RegExp(UNSEEN, 'gu'), escape);
}

/** Every scalar is a string: a title may be a number or "yes". */
function parseYaml(front: string): unknown {
  try {
    return yaml.parse(front, { schema: 'failsafe', maxAliasCount: 0 });
  } catch (cause) {
    const [message] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    // The front matter begins on the document's second line.
    const reason = message?.replace(/line (\d+)/, (_, line) => `line ${Number(line) + 1}`);
    throw invalidInput(
      `Nothing was saved: the front matter is not YAML: ${reason?.replace(/:$/, '')}.`,
      EXAMPLE,
    );
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  );
  throw invalidInput(`Nothing was saved: the ${what} does not fit: ${issues.join('; ')}.`, EXAMPLE);
}

type LineEnds = 'none' | 'lf' | 'crlf' | 'mixed';

function lineEndsOf(content: string): LineEnds {
  const kinds = new Set(content.match(/\r\n|\n|\r/g));
  const [kind] = kinds;
  if (kind === undefined) return 'none';
  if (kinds.size > 1 || kind === '\r') return 'mixed';
  return kind === '\n' ? 'lf' : 'crlf';
}

/** Whether an editor, which knows one kind of line end a document, merely made the mixed ones of `before` equal. */
function isOnlyNormalized(before: string, after: string): boolean {
  return lineEndsOf(before) === 'mixed' && normalized(before) === normalized(after);
}

function normalized(content: string): string {
  return content.replace(/\r\n?/g, '\n');
}
