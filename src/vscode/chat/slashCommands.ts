import * as vscode from 'vscode';
import { invalidInput } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { MemorySummary } from '../../core/memory/memory.ts';
import type { GenerationEvent } from '../../core/vllm/generation.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { SlashCommand } from '../contributions/chat.ts';
import { commandId } from '../contributions/commands.ts';
import { memoryUri } from '../memories/memoryFileSystem.ts';
import { bullets } from '../views/markdown.ts';
import { windowUri } from '../windows/windowPages.ts';
import { noteOf, thawRequestIn, windowNameIn } from './prompt.ts';
import { findToResume } from './resume.ts';
import type { ChatTurn, KeptChat } from './turn.ts';

const FOUND = 10;
/** The most tokens of an answer to what is asked with a thaw. */
const REPLY_TOKENS = 4_096;

const handlers: Record<SlashCommand, (turn: ChatTurn) => Promise<KeptChat>> = {
  remember,
  search,
  freeze,
  thaw,
  resume,
};

/** Answers a request that begins with a slash command; undefined when it does not. */
export function runSlashCommand(turn: ChatTurn): Promise<KeptChat> | undefined {
  const { command } = turn.request;
  return isSlashCommand(command) ? handlers[command](turn) : undefined;
}

function isSlashCommand(command: string | undefined): command is SlashCommand {
  return command !== undefined && Object.hasOwn(handlers, command);
}

async function remember({ context, request, stream, kept }: ChatTurn): Promise<KeptChat> {
  if (request.prompt.trim() === '')
    throw invalidInput('There is nothing to remember.', 'Write it after /remember.');
  const memory = { ...noteOf(request.prompt), source: '@permafrost' };
  for (const created of context.memories.create([memory]).created) {
    stream.markdown('Remembered as ');
    link(context, stream, created);
    stream.markdown('.');
  }
  return kept;
}

async function search({ context, request, stream, kept }: ChatTurn): Promise<KeptChat> {
  const query = request.prompt.trim().slice(0, limits.queryCharacters);
  if (query === '') throw invalidInput('There is nothing to search for.', 'Write the words after /search.');
  const { results, total } = context.search.search({ query, limit: FOUND });
  if (total === 0) stream.markdown(`No memory of “${context.identity.name}” fits.`);
  for (const hit of results) {
    stream.markdown('\n- ');
    link(context, stream, hit);
    stream.markdown(new vscode.MarkdownString(': ').appendText(hit.snippet));
  }
  if (total > results.length) stream.markdown(`\n\nThese are the best ${results.length} of ${total}.`);
  return kept;
}

async function freeze({ kept, request, stream, signal }: ChatTurn): Promise<KeptChat> {
  const { context, sessionId } = kept;
  if (sessionId === undefined) {
    throw invalidInput(
      'There is nothing to freeze yet.',
      'Ask something first; then /freeze keeps this conversation.',
    );
  }
  const name = windowNameIn(request.prompt);
  stream.progress('Freezing this conversation');
  const window = await context.windows.freeze({ sessionId }, name === undefined ? {} : { name }, signal);
  const tokens =
    window.promptTokens === null ? 'its text' : `its ${window.promptTokens.toLocaleString()} exact tokens`;
  stream.markdown(
    new vscode.MarkdownString(`Froze this conversation with ${tokens} as “`).appendText(window.name),
  );
  stream.markdown('”. `/thaw` brings it back.\n\n' + bullets(window.notes));
  return kept;
}

async function thaw({ context, request, stream, kept, signal }: ChatTurn): Promise<KeptChat> {
  const { name, question } = thawRequestIn(request.prompt);
  if (name === undefined) {
    const how = `Write its name after /thaw, and on the next line what you ask: ${windowNames(context)}.`;
    throw invalidInput('Which window?', how);
  }
  stream.progress(`Thawing “${name}”`);
  const options = {
    continueWith: question,
    replyTokens: REPLY_TOKENS,
    onEvent: (event: GenerationEvent) => {
      if (event.kind === 'text') stream.markdown(event.text);
    },
  };
  const thawed = await context.windows.thaw({ name }, options, signal);
  if (thawed.reply !== null) stream.markdown('\n\n---\n\n');
  const { promptTokens, cachedTokens, cachedTokensSource } = thawed;
  const cached =
    cachedTokens === null
      ? 'how many were cached is not known'
      : `${cachedTokens} from the cache (${cachedTokensSource})`;
  stream.markdown(
    `Status: **${thawed.status}**. ${promptTokens === null ? 'No tokens' : `${promptTokens} tokens, ${cached}`}.\n\n`,
  );
  stream.markdown(bullets(thawed.reasons));
  if (thawed.sessionId !== null) stream.markdown('\nAsk on; this conversation continues from there.');
  return thawed.sessionId === null ? kept : { context, sessionId: thawed.sessionId };
}

/** Asks no server: the session was thawed already, and the next question finds its tokens in the cache. */
async function resume({ context: active, otherContexts, request, stream }: ChatTurn): Promise<KeptChat> {
  const named = request.prompt.trim();
  if (named === '')
    throw invalidInput(
      'Which conversation?',
      `Write the name of its window after /resume: ${windowNames(active)}.`,
    );
  const { context, session, window } = await findToResume(active, otherContexts, named);
  const size = session.tokenCount === null ? '' : ` and ${session.tokenCount.toLocaleString()} tokens`;
  stream.markdown(new vscode.MarkdownString('This goes on from “').appendText(window?.name ?? session.title));
  stream.markdown(`”, with ${session.messageCount} messages${size}. Ask on.\n\n`);
  if (window !== undefined) {
    const target = [windowUri(context, window)];
    stream.button({ command: commandId('showWindow'), title: 'Show the Conversation', arguments: target });
  }
  return { context, sessionId: session.id };
}

function windowNames({ windows }: OpenContext): string {
  return (
    windows
      .list({ limit: FOUND })
      .windows.map(({ name }) => name)
      .join(', ') || 'none is frozen yet'
  );
}

function link(
  context: OpenContext,
  stream: vscode.ChatResponseStream,
  memory: Pick<MemorySummary, 'id' | 'title'>,
): void {
  stream.anchor(memoryUri(context, memory), memory.title);
}
