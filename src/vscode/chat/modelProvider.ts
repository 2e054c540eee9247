import * as vscode from 'vscode';
import { noEndpoint } from '../../core/errors.ts';
import type { Chosen, Endpoints, Served } from '../../core/vllm/endpoints/endpoints.ts';
import { ANYTHING } from '../../core/vllm/endpoints/route.ts';
import type { GenerationEvent } from '../../core/vllm/generation.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import type { Sessions } from '../../core/windows/sessions.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { abortedBy } from '../views/cancellation.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { toChatMessages, toTool, toToolCallPart } from './modelMessages.ts';
import { answerUnnamed, recognise } from './unnamedConversation.ts';

/** When the server does not say how long a prompt may be. */
const ASSUMED_LENGTH = 8_192;
const LONGEST_ANSWER = 4_096;

/**
 * Stands in the model picker while no server is named: the chat view lets nobody speak, not even to @permafrost,
 * before there is a model.
 */
const NO_SERVER: vscode.LanguageModelChatInformation = {
  id: 'no-endpoint',
  name: 'vLLM (no endpoint set)',
  family: 'vllm',
  version: '1',
  tooltip:
    'Set permafrost.vllm.endpoint to chat with your own vLLM server. @permafrost can search and remember without one.',
  maxInputTokens: ASSUMED_LENGTH,
  maxOutputTokens: 1,
  capabilities: { toolCalling: true },
};

/** The same while none of the servers answers. Who speaks to it is told why, or answered by what is served by then. */
const NO_ANSWER: vscode.LanguageModelChatInformation = {
  ...NO_SERVER,
  id: 'no-answer',
  name: 'vLLM (no answer)',
  tooltip:
    'None of the servers in permafrost.vllm.endpoint and permafrost.vllm.endpoints answers. Start one, or run ' +
    '“Permafrost: Check Connection” to see what is wrong.',
};

export interface ModelProviderOptions {
  readonly contexts: Pick<Contexts, 'scope' | 'open'>;
  readonly connections: Pick<VllmConnections, 'settle' | 'connect' | 'connectQuietly'>;
  readonly watch: Pick<ContextWatch, 'look'>;
  readonly log: Pick<vscode.LogOutputChannel, 'warn'>;
}

/**
 * The models of the vLLM servers in the model picker, for the chat and every agent of the editor. What is said to them
 * is kept as sessions, unless `permafrost.sessions.record` is off.
 */
export class ModelProvider implements vscode.LanguageModelChatProvider {
  readonly #contexts: ModelProviderOptions['contexts'];
  readonly #connections: ModelProviderOptions['connections'];
  readonly #watch: ModelProviderOptions['watch'];
  readonly #log: ModelProviderOptions['log'];
  /** Of what is not kept: nobody could tell then which conversation it belongs to. */
  readonly #salt = newSalt();

  constructor({ contexts, connections, watch, log }: ModelProviderOptions) {
    this.#contexts = contexts;
    this.#connections = connections;
    this.#watch = watch;
    this.#log = log;
  }

  async provideLanguageModelChatInformation(
    { silent }: vscode.PrepareLanguageModelChatModelOptions,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelChatInformation[]> {
    const { scope } = this.#contexts;
    if (!silent) await this.#connections.settle(scope);
    try {
      const endpoints = this.#connections.connectQuietly(scope);
      if (endpoints === undefined) return [NO_SERVER];
      return (await abortedBy(token, (signal) => endpoints.served(signal))).map(informationOf);
    } catch (thrown) {
      if (!silent) throw thrown;
      this.#log.warn('The models of the vLLM servers cannot be listed:', thrown);
      return [NO_ANSWER];
    }
  }

  async provideLanguageModelChatResponse(
    { id: picked }: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    { tools = [], toolMode }: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    if (picked === NO_SERVER.id) throw noEndpoint();
    const endpoints = await this.#connections.connect(this.#contexts.scope);
    const id = picked === NO_ANSWER.id ? await anyModel(endpoints, token) : picked;
    const isRequired = toolMode === vscode.LanguageModelChatToolMode.Required;
    const asked = {
      model: id,
      messages: toChatMessages(messages),
      template: tools.length === 0 ? {} : { tools: tools.map(toTool) },
      ...(tools.length === 0 ? {} : { toolChoice: isRequired ? ('required' as const) : ('auto' as const) }),
    };
    const keeping = { sessions: await this.#sessions(), otherwise: this.#salt, failed: this.#unkept };
    const recognised = recognise(keeping, asked);
    let handedOn = false;
    const answer = ({ client }: Chosen, signal: AbortSignal) => {
      const hand = (event: GenerationEvent) => {
        handedOn ||= event.kind !== 'reasoning'; // which is not shown, so another server may think again
        report(event, client.endpoint, progress);
      };
      return answerUnnamed(client, keeping, recognised, hand, signal);
    };
    const wanted = { ...ANYTHING, model: id, holders: recognised.endpoints };
    await abortedBy(token, (signal) =>
      endpoints.run(
        wanted,
        (chosen) => answer(chosen, signal),
        signal,
        () => !handedOn,
      ),
    );
    this.#watch.look();
  }

  /** Where conversations are kept; undefined when they are not to be, or cannot be: they are answered all the same. */
  async #sessions(): Promise<Sessions | undefined> {
    if (!isRecording()) return undefined;
    try {
      return (await this.#contexts.open()).windows.sessions;
    } catch (thrown) {
      this.#unkept(thrown);
      return undefined;
    }
  }

  readonly #unkept = (thrown: unknown): void => {
    this.#log.warn('A conversation with a model of the picker is not kept:', thrown);
  };

  /** As the server's own tokenizer counts, the few tokens of the template around a message included. */
  async provideTokenCount(
    { id }: vscode.LanguageModelChatInformation,
    text: string | vscode.LanguageModelChatRequestMessage,
    token: vscode.CancellationToken,
  ): Promise<number> {
    if (id === NO_SERVER.id || id === NO_ANSWER.id) return 0;
    const messages = typeof text === 'string' ? [{ role: 'user', content: text }] : toChatMessages([text]);
    const endpoints = await this.#connections.connect(this.#contexts.scope);
    const request = { model: id, messages, addGenerationPrompt: false };
    const { tokens } = await abortedBy(token, (signal) =>
      endpoints.run({ ...ANYTHING, model: id }, ({ client }) => client.tokenize(request, signal), signal),
    );
    return tokens.length;
  }
}

/** The first model that is served. @throws what keeps the servers from answering */
async function anyModel(endpoints: Endpoints, token: vscode.CancellationToken): Promise<string> {
  const [first] = await abortedBy(token, (signal) => endpoints.served(signal));
  if (first === undefined) throw noEndpoint();
  return first.model.id;
}

function isRecording(): boolean {
  return vscode.workspace.getConfiguration('permafrost').get('sessions.record') !== false;
}

function report(
  event: GenerationEvent,
  endpoint: string,
  progress: vscode.Progress<vscode.LanguageModelResponsePart>,
): void {
  if (event.kind === 'text') progress.report(new vscode.LanguageModelTextPart(event.text));
  if (event.kind !== 'done') return;
  for (const call of event.generation.toolCalls) progress.report(toToolCallPart(call, endpoint));
}

function informationOf({ model: { id, maxModelLen }, client }: Served): vscode.LanguageModelChatInformation {
  const length = maxModelLen ?? ASSUMED_LENGTH;
  const maxOutputTokens = Math.min(LONGEST_ANSWER, Math.floor(length / 4));
  return {
    id,
    name: id,
    family: 'vllm',
    version: '1',
    detail: 'vLLM',
    tooltip:
      `${id} at ${client.endpoint}, with room for ${length.toLocaleString()} tokens. Conversations are ` +
      (isRecording()
        ? 'kept on this machine, so that they can be frozen (permafrost.sessions.record).'
        : 'not kept: permafrost.sessions.record is off.'),
    maxInputTokens: length - maxOutputTokens,
    maxOutputTokens,
    capabilities: { toolCalling: true },
  };
}
