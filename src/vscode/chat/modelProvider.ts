import * as vscode from 'vscode';
import { asPermafrostError, noEndpoint, originNotAllowed } from '../../core/errors.ts';
import type { Every } from '../../core/every.ts';
import type { Chosen, Offer, Served } from '../../core/vllm/endpoints/endpoints.ts';
import { isFailure } from '../../core/vllm/endpoints/outage.ts';
import { ANYTHING } from '../../core/vllm/endpoints/route.ts';
import type { SaidEvent } from '../../core/vllm/generation.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import type { Scope } from '../contexts/scope.ts';
import { abortedBy } from '../views/cancellation.ts';
import { Comeback } from '../vllm/comeback.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { toChatMessages, toTool, toToolCallPart } from './modelMessages.ts';
import { ASSUMED_LENGTH, NO_MODEL_ID, noModel } from './noModel.ts';
import {
  answering,
  answerUnnamed,
  keep,
  recognise,
  type Keeping,
  type Recognised,
} from './unnamedConversation.ts';

const LONGEST_ANSWER = 4_096;

export interface ModelProviderOptions {
  readonly contexts: Pick<Contexts, 'scope' | 'open' | 'openOthers' | 'scopeOf'>;
  readonly connections: Pick<VllmConnections, 'choices' | 'settle' | 'connect' | 'connectQuietly'>;
  readonly watch: Pick<ContextWatch, 'look'>;
  readonly log: Pick<vscode.LogOutputChannel, 'warn'>;
  /** Is called when the models are others than those that were listed. */
  readonly changed: () => void;
  /** `everyUnheld` unless another is given. */
  readonly every?: Every;
}

/**
 * The models of the vLLM servers in the model picker, for the chat and every agent of the editor. What is said to them
 * is kept as sessions, unless `permafrost.sessions.record` is off.
 */
export class ModelProvider implements vscode.LanguageModelChatProvider, vscode.Disposable {
  readonly #contexts: ModelProviderOptions['contexts'];
  readonly #connections: ModelProviderOptions['connections'];
  readonly #watch: ModelProviderOptions['watch'];
  readonly #log: ModelProviderOptions['log'];
  /** Of what is not kept: nobody could tell then which conversation it belongs to. */
  readonly #salt = newSalt();
  readonly #changed: () => void;
  readonly #comeback: Comeback;

  constructor({ contexts, connections, watch, log, changed, every }: ModelProviderOptions) {
    this.#contexts = contexts;
    this.#connections = connections;
    this.#watch = watch;
    this.#log = log;
    this.#changed = changed;
    this.#comeback = new Comeback(every);
  }

  async provideLanguageModelChatInformation(
    { silent }: vscode.PrepareLanguageModelChatModelOptions,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelChatInformation[]> {
    const { scope } = this.#contexts;
    if (!silent) await this.#connections.settle(scope).catch(refuse);
    try {
      const { served, silent: away } = await abortedBy(token, (signal) => this.#offer(scope, signal));
      this.#awaitMore(scope, served.length, away.length);
      return served.map(informationOf);
    } catch (thrown) {
      const error = asPermafrostError(thrown);
      if (error.code === 'PF-6002') return []; // The editor has taken its question back.
      const mayMend = error.code === 'PF-7001' || isFailure(error);
      const tried = mayMend ? this.#connections.choices(scope) : [];
      this.#awaitMore(scope, 0, tried.length);
      if (error.code === 'PF-5001') return [noModel(error)];
      if (!silent) refuse(error);
      this.#log.warn('The models of the vLLM servers cannot be listed:', error.sentence);
      return [noModel(error, ...tried.map(({ endpoint }) => endpoint))];
    }
  }

  async provideLanguageModelChatResponse(
    model: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    await this.#respond(model, messages, options, progress, token).catch(refuse);
  }

  async #respond(
    { id: picked }: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    { tools = [], toolMode }: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    // Taken once: another folder may be active before this one is answered.
    const { scope } = this.#contexts;
    const id = picked === NO_MODEL_ID ? await this.#anyModel(scope, token) : picked;
    const isRequired = toolMode === vscode.LanguageModelChatToolMode.Required;
    const asked = {
      model: id,
      messages: toChatMessages(messages),
      template: tools.length === 0 ? {} : { tools: tools.map(toTool) },
      ...(tools.length === 0 ? {} : { toolChoice: isRequired ? ('required' as const) : ('auto' as const) }),
    };
    const keeping = await this.#keeping(scope);
    const recognised = await recognise(keeping, asked);
    const endpoints = await this.#connections.connect(this.#homeOf(recognised, keeping, scope));
    let handedOn = false;
    const answer = ({ client }: Chosen, signal: AbortSignal) => {
      const hand = ({ kind, text }: SaidEvent) => {
        if (kind === 'reasoning') return; // It is not shown, so another server may think again.
        handedOn = true;
        progress.report(new vscode.LanguageModelTextPart(text));
      };
      return answerUnnamed(client, recognised, hand, signal);
    };
    const wanted = { ...ANYTHING, model: id, holders: recognised.endpoints };
    const calls = await answering(recognised, async () => {
      const { toolCalls, said } = await abortedBy(token, (signal) =>
        endpoints.run(
          wanted,
          (chosen) => answer(chosen, signal),
          signal,
          () => !handedOn,
        ),
      );
      // What the model wrote is no doing of the server, so it is read when the server's work is over. A turn that the agent
      // does not get is not kept: when it asks again, the conversation goes on from where it was.
      const parts = toolCalls.map(toToolCallPart);
      keep(recognised, keeping, said);
      return parts;
    });
    this.#watch.look();
    calls.forEach((part) => progress.report(part));
  }

  /** Every model that can be asked without asking the person anything. @throws why there is none. */
  async #offer(scope: Scope, signal?: AbortSignal): Promise<Offer> {
    const [first] = this.#connections.choices(scope);
    if (first === undefined) throw noEndpoint();
    const endpoints = this.#connections.connectQuietly(scope);
    if (endpoints === undefined) throw originNotAllowed(first.origin);
    return endpoints.offer(signal);
  }

  /** Has the editor list the models anew when fewer servers are away, or more models are served. */
  #awaitMore(scope: Scope, models: number, away: number): void {
    if (away === 0) return this.#comeback.end();
    this.#comeback.await(async () => {
      const { served, silent } = await this.#offer(scope);
      return silent.length < away || served.length > models;
    }, this.#changed);
  }

  /** The first model that is served by now. @throws what keeps the servers from answering */
  async #anyModel(scope: Scope, token: vscode.CancellationToken): Promise<string> {
    const endpoints = await this.#connections.connect(scope);
    const { served } = await abortedBy(token, (signal) => endpoints.offer(signal));
    const [first] = served;
    this.#changed();
    return first.model.id;
  }

  async #keeping(scope: Scope): Promise<Keeping> {
    const others = () => this.#contexts.openOthers(scope);
    return { context: await this.#context(scope), others, otherwise: this.#salt, failed: this.#unkept };
  }

  /** Where conversations that begin are kept; undefined when they are not to be, or cannot be: they are answered all the same. */
  async #context(scope: Scope): Promise<OpenContext | undefined> {
    if (!isRecording()) return undefined;
    try {
      return await this.#contexts.open(scope);
    } catch (thrown) {
      this.#unkept(thrown);
      return undefined;
    }
  }

  /** The folder whose servers answer a conversation: the one that it began in. */
  #homeOf({ context }: Recognised, keeping: Keeping, scope: Scope): Scope {
    return context === undefined || context === keeping.context ? scope : this.#contexts.scopeOf(context);
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
    if (id === NO_MODEL_ID) return 0;
    const messages = typeof text === 'string' ? [{ role: 'user', content: text }] : toChatMessages([text]);
    const endpoints = await this.#connections.connect(this.#contexts.scope);
    const request = { model: id, messages, addGenerationPrompt: false };
    const { tokens } = await abortedBy(token, (signal) =>
      endpoints.run({ ...ANYTHING, model: id }, ({ client }) => client.tokenize(request, signal), signal),
    );
    return tokens.length;
  }

  dispose(): void {
    this.#comeback.dispose();
  }
}

/** The editor shows of an error what it says, and not what else there is to know of it. */
function refuse(thrown: unknown): never {
  throw new Error(asPermafrostError(thrown).sentence, { cause: thrown });
}

function isRecording(): boolean {
  return vscode.workspace.getConfiguration('permafrost').get('sessions.record') !== false;
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
