import * as vscode from 'vscode';
import * as z from 'zod';
import { asPermafrostError, hasCode, modelNotServed, noModelServed } from '../../core/errors.ts';
import { limits } from '../../core/limits.ts';
import type { Memory } from '../../core/memory/memory.ts';
import type { VllmClient } from '../../core/vllm/client.ts';
import type { Chosen } from '../../core/vllm/endpoints/endpoints.ts';
import { ANYTHING } from '../../core/vllm/endpoints/route.ts';
import { connectIfAny } from '../../core/windows/reach.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { PARTICIPANT_ID } from '../contributions/chat.ts';
import { commandId } from '../contributions/commands.ts';
import { memoryUri } from '../memories/memoryFileSystem.ts';
import { abortedBy } from '../views/cancellation.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { attachmentsOf } from './attachments.ts';
import { ask, continueOrStart, endpointsOf, isLost, modelToGoOnWith } from './conversation.ts';
import { fitting, userMessage } from './prompt.ts';
import { runSlashCommand } from './slashCommands.ts';
import type { ChatTurn, KeptChat } from './turn.ts';

export interface ParticipantOptions {
  readonly contexts: Contexts;
  readonly connections: VllmConnections;
  readonly watch: ContextWatch;
  readonly log: vscode.LogOutputChannel;
  /** Is told which conversation had a turn. */
  readonly answered: (context: OpenContext, sessionId: string) => void;
}

const MEMORIES_FOUND = 5;

const LOST =
  'What was said before is not in the context that is in use now, so this begins a new conversation.\n\n';

/** What `@permafrost` does: it answers with the vLLM server of the folder, and without any sign-in. */
export function chatHandler(options: ParticipantOptions): vscode.ChatRequestHandler {
  return async (request, { history }, stream, token) => {
    const said = metadataIn(history);
    try {
      const { context, sessionId } = await abortedBy(token, async (signal) => {
        const { contexts } = options;
        const active = await contexts.open();
        const kept = await keptChat(contexts, active, said);
        const otherContexts = () => contexts.openOthers();
        return respond(options, { context: active, otherContexts, request, stream, kept, signal });
      });
      return { metadata: { sessionId, contextId: context.identity.id } satisfies Metadata };
    } catch (thrown) {
      return failure(thrown, said, options.log);
    } finally {
      options.watch.look();
    }
  };
}

function respond(options: ParticipantOptions, turn: ChatTurn): Promise<KeptChat> {
  return runSlashCommand(turn) ?? answer(options, turn);
}

async function answer(
  { contexts, connections, log, answered: tell }: ParticipantOptions,
  turn: ChatTurn,
): Promise<KeptChat> {
  const { kept, request, stream, signal } = turn;
  const { context, sessionId } = kept;
  const scope = contexts.scopeOf(context);
  const memories = relevantMemories(context, request.prompt);
  for (const memory of memories) stream.reference(memoryUri(context, memory), new vscode.ThemeIcon('note'));
  const endpoints = await connectIfAny(() => connections.connect(scope));
  if (endpoints === undefined) return withoutServer(turn, memories);
  const { windows } = context;
  const question = userMessage(request.prompt, fitting(memories), await attachedTexts(turn, log));
  if (isLost(windows, sessionId)) stream.markdown(LOST);
  const models = [modelToGoOnWith(windows, sessionId), connections.model(scope)] as const;
  let hasSpoken = false;
  const say = (text: string) => {
    hasSpoken = true;
    stream.markdown(text);
  };
  const answerAt = async ({ client }: Chosen) => {
    const model = await chooseModel(client, models, signal);
    const start = { model, endpoint: client.endpoint, folder: scope.name, question: request.prompt };
    const conversation = continueOrStart(windows, sessionId, start);
    return ask(client, windows, conversation, question, say, signal);
  };
  const wanted = {
    ...ANYTHING,
    model: models.find((model) => model !== undefined) ?? null,
    holders: endpointsOf(windows, sessionId),
  };
  const answered = await endpoints.run(wanted, answerAt, signal, () => !hasSpoken);
  tell(context, answered.sessionId);
  return { context, sessionId: answered.sessionId };
}

function relevantMemories({ memories, search }: OpenContext, prompt: string): Memory[] {
  const query = prompt.slice(0, limits.queryCharacters);
  const found = search.search({ query, limit: MEMORIES_FOUND }).results;
  return memories.read(found.map(({ id }) => id)).memories;
}

/** The texts of what is attached. What has none is left out, and that is said. */
async function attachedTexts(
  { request, stream }: ChatTurn,
  log: ParticipantOptions['log'],
): Promise<readonly string[]> {
  const { texts, unread } = await attachmentsOf(request.references);
  for (const { name, cause } of unread)
    log.warn(`The attachment ${name} is left out:`, cause ?? 'it is no text');
  const names = unread.map(({ name }) => `“${name}”`).join(', ');
  const leftOut = new vscode.MarkdownString().appendText(
    `Left out, for it cannot be read as text: ${names}.`,
  );
  if (unread.length > 0) stream.markdown(leftOut.appendMarkdown('\n\n'));
  return texts;
}

function withoutServer({ stream, kept }: ChatTurn, memories: readonly Memory[]): KeptChat {
  stream.markdown(
    'I answer with a vLLM server, and none is set. Name yours in `permafrost.vllm.endpoint`, like `http://127.0.0.1:8000`. ' +
      'Without one I can still `/remember` and `/search`.\n\n',
  );
  if (memories.length > 0)
    stream.markdown(
      `Memories that fit your question:\n\n${memories.map(({ title }) => `- ${title}\n`).join('')}`,
    );
  stream.button({ command: commandId('openSettings'), title: 'Set the Endpoint' });
  return kept;
}

/** A thawed conversation's own model where it is served, else the one that the settings name, else the server's first. */
async function chooseModel(
  client: VllmClient,
  [own, wanted]: readonly [own: string | undefined, wanted: string | undefined],
  signal: AbortSignal,
): Promise<string> {
  const served = (await client.models(signal)).map(({ id }) => id);
  if (own !== undefined && served.includes(own)) return own;
  const model = wanted === undefined ? served[0] : served.find((id) => id === wanted);
  if (model === undefined)
    throw wanted === undefined ? noModelServed([client.endpoint]) : modelNotServed(wanted, served);
  return model;
}

/** What an answer tells the next one; its context only since conversations stay in their folder. */
const Metadata = z.object({ sessionId: z.string().optional(), contextId: z.string().optional() });
type Metadata = z.infer<typeof Metadata>;

/** What the last answer of this participant said of the conversation. */
function metadataIn(history: vscode.ChatContext['history']): Metadata {
  const answers = history.filter((turn) => turn instanceof vscode.ChatResponseTurn);
  const last = answers.findLast(({ participant }) => participant === PARTICIPANT_ID);
  return Metadata.safeParse(last?.result.metadata).data ?? {};
}

/** Where the conversation is kept. When its folder is not open any more, it begins anew in the active one. */
async function keptChat(
  contexts: Contexts,
  active: OpenContext,
  { sessionId, contextId }: Metadata,
): Promise<KeptChat> {
  if (sessionId === undefined || contextId === undefined) return { context: active, sessionId };
  try {
    return { context: await contexts.openById(contextId), sessionId };
  } catch (thrown) {
    if (hasCode(thrown, 'PF-8003')) return { context: active, sessionId };
    throw thrown;
  }
}

function failure(thrown: unknown, metadata: Metadata, log: vscode.LogOutputChannel): vscode.ChatResult {
  const error = asPermafrostError(thrown);
  if (error.code === 'PF-6002') return { metadata };
  log.error(error.sentence, error.cause ?? '');
  return { errorDetails: { message: error.sentence }, metadata };
}
