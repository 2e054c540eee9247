import * as vscode from 'vscode';
import { noEndpoint } from '../../core/errors.ts';
import type { Chosen, Served } from '../../core/vllm/endpoints/endpoints.ts';
import { ANYTHING } from '../../core/vllm/endpoints/route.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import type { Contexts } from '../contexts/contexts.ts';
import { abortedBy } from '../views/cancellation.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { toChatMessages, toTool, toToolCallPart } from './modelMessages.ts';

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

/** The models of the vLLM servers in the model picker, for the chat and every agent of the editor. */
export class ModelProvider implements vscode.LanguageModelChatProvider {
  readonly #contexts: Contexts;
  readonly #connections: VllmConnections;
  readonly #log: vscode.LogOutputChannel;
  readonly #salt = newSalt();

  constructor(contexts: Contexts, connections: VllmConnections, log: vscode.LogOutputChannel) {
    this.#contexts = contexts;
    this.#connections = connections;
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
      return [NO_SERVER];
    }
  }

  async provideLanguageModelChatResponse(
    { id }: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    { tools = [], toolMode }: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    if (id === NO_SERVER.id) throw noEndpoint();
    const endpoints = await this.#connections.connect(this.#contexts.scope);
    const isRequired = toolMode === vscode.LanguageModelChatToolMode.Required;
    const toolsAsked = { tools: tools.map(toTool), toolChoice: isRequired ? 'required' : 'auto' } as const;
    const request = { model: id, messages: toChatMessages(messages), cacheSalt: this.#salt };
    let handedOn = false;
    const report = (part: vscode.LanguageModelResponsePart) => {
      handedOn = true;
      progress.report(part);
    };
    const answer = async ({ client }: Chosen, signal: AbortSignal) => {
      const asked = tools.length === 0 ? request : { ...request, ...toolsAsked };
      for await (const event of client.chatStreaming(asked, signal)) {
        if (event.kind === 'text') report(new vscode.LanguageModelTextPart(event.text));
        if (event.kind === 'done')
          event.generation.toolCalls.forEach((call) => report(toToolCallPart(call, client.endpoint)));
      }
    };
    await abortedBy(token, (signal) =>
      endpoints.run(
        { ...ANYTHING, model: id },
        (chosen) => answer(chosen, signal),
        signal,
        () => !handedOn,
      ),
    );
  }

  /** As the server's own tokenizer counts, the few tokens of the template around a message included. */
  async provideTokenCount(
    { id }: vscode.LanguageModelChatInformation,
    text: string | vscode.LanguageModelChatRequestMessage,
    token: vscode.CancellationToken,
  ): Promise<number> {
    if (id === NO_SERVER.id) return 0;
    const messages = typeof text === 'string' ? [{ role: 'user', content: text }] : toChatMessages([text]);
    const endpoints = await this.#connections.connect(this.#contexts.scope);
    const request = { model: id, messages, addGenerationPrompt: false };
    const { tokens } = await abortedBy(token, (signal) =>
      endpoints.run({ ...ANYTHING, model: id }, ({ client }) => client.tokenize(request, signal), signal),
    );
    return tokens.length;
  }
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
    tooltip: `${id} at ${client.endpoint}, with room for ${length.toLocaleString()} tokens`,
    maxInputTokens: length - maxOutputTokens,
    maxOutputTokens,
    capabilities: { toolCalling: true },
  };
}
