import { textOf } from '../../core/windows/message.ts';
import type { Lineage, Relative } from '../../core/windows/lineage.ts';
import type { Thawed, ThawStatus } from '../../core/windows/thawed.ts';
import type { FrozenWindow } from '../../core/windows/window.ts';
import type { ChatMessage } from '../../core/vllm/requests.ts';
import { bullets, factList, fenced } from '../views/markdown.ts';

const STATUS: Record<ThawStatus, string> = {
  verified:
    'Verified: the server read the exact tokens, said what its cache had of them, and continues as it did before.',
  token_exact:
    'Exact tokens: the server read just the tokens that were frozen, but not everything could be verified.',
  drifted: 'Drifted: the server now makes other tokens of this conversation. Nothing was sent.',
  text_only: 'Text only: the conversation is handed on as text. No tokens were restored.',
};

const SOURCES: Record<Thawed['cachedTokensSource'], string> = {
  server: "the usage figures in the server's own answer",
  metrics: "the difference of the server's counters at /metrics",
  none: 'nobody said',
};

/** What a thaw came to, as Markdown: what the server reported, and where each figure comes from. */
export function thawReport(thawed: Thawed): string {
  const { status, promptTokens, cachedTokens, cachedTokensSource, reply, reasons, messages, drift } = thawed;
  return [
    `# Thaw of “${thawed.name}”\n\n**${STATUS[status]}**\n\n`,
    factList([
      ['Status', status],
      ['Model', thawed.model],
      ['Tokens of the prompt', promptTokens],
      ['Of these, from the cache', cachedTokens ?? 'unknown'],
      ['That number is from', SOURCES[cachedTokensSource]],
      ['Blocks expected', thawed.blocksExpected],
      ['Blocks found', thawed.blocksFound],
      ['Time to the first token', milliseconds(thawed.timeToFirstTokenMs)],
      ['Session that goes on', thawed.sessionId],
      ['Window', thawed.windowId],
    ]),
    reasons.length === 0 ? '' : `\n## Worth knowing\n\n${bullets(reasons)}`,
    drift === null
      ? ''
      : `\n## What changed\n\nFrozen:\n\n${fenced(drift.frozenText)}\nNow:\n\n${fenced(drift.currentText)}`,
    reply === null ? '' : `\n## Answer\n\n${fenced(reply.text)}`,
    `\n## Conversation\n\n${conversation(messages)}`,
  ].join('');
}

/** A frozen window as Markdown: its facts, where it belongs, and the conversation. */
export function windowReport(window: FrozenWindow, lineage: Lineage): string {
  const { server, notes, messages, blockHashes } = window;
  return [
    `# Window “${window.name}”\n\n${window.description === null ? '' : `${window.description}\n\n`}`,
    factList([
      ['Kept', window.kind === 'exact' ? 'the exact tokens' : 'the text only'],
      ['Model', window.model],
      ['Tokens', window.promptTokens],
      ['Messages', window.messageCount],
      ['Cache blocks', window.blockCount],
      ['Block hashes kept', blockHashes?.length],
      ['Frozen', time(window.frozenAt)],
      [
        'Last thawed',
        window.thawedAt === null ? 'never' : `${time(window.thawedAt)}, ${window.thawCount} times in all`,
      ],
      ['Server', window.endpoint],
      ['Server version', server?.version],
      ['Weights', server?.root],
      ['Tags', window.tags.length === 0 ? undefined : window.tags.join(', ')],
      ['Session', window.sessionId],
      ['ID', window.id],
    ]),
    lineage.treeTotal < 2 ? '' : `\n## Lineage\n\n${tree(lineage, window.id)}`,
    notes.length === 0 ? '' : `\n## Worth knowing\n\n${bullets(notes)}`,
    `\n## Conversation\n\n${conversation(messages)}`,
  ].join('');
}

const ORIGINS: Record<Relative['origin'], string> = {
  root: '',
  clone: ', a clone',
  thaw: ', thawed and frozen again',
};

function tree({ tree: relatives, treeTotal }: Lineage, id: string): string {
  const lines = relatives.map((relative) => {
    const marks = `${ORIGINS[relative.origin]}${relative.archived ? ', deleted' : ''}`;
    const name = relative.id === id ? `**${relative.name}**` : relative.name;
    return `${'  '.repeat(relative.depth)}- ${name.replace(/\s*\n\s*/g, ' ')}${marks}\n`;
  });
  const left = treeTotal - relatives.length;
  return `${lines.join('')}${left > 0 ? `\nand ${left} more\n` : ''}`;
}

/** What was said, between fences: so it reads as it was written, and nothing in it is loaded or taken for a heading. */
function conversation(messages: readonly ChatMessage[]): string {
  return messages
    .map(
      (message, at) =>
        `### ${at + 1}. ${speakerOf(message)}\n\n${fenced(textOf(message))}${callsIn(message)}`,
    )
    .join('\n');
}

const SPEAKERS: Partial<Record<string, string>> = {
  system: 'System',
  user: 'User',
  assistant: 'Assistant',
  tool: 'Answer of a tool',
};

function speakerOf({ role }: ChatMessage): string {
  return SPEAKERS[role] ?? role;
}

function callsIn({ tool_calls: calls }: ChatMessage): string {
  return calls === undefined ? '' : `\nCalls:\n\n${fenced(JSON.stringify(calls, undefined, 2))}`;
}

function milliseconds(value: number | null): string | null {
  return value === null ? null : `${Math.round(value).toLocaleString()} ms`;
}

function time(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 16).concat(' UTC');
}
