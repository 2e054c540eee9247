import * as vscode from 'vscode';
import { noEndpoint } from '../../core/errors.ts';
import { isSendable } from '../../core/vllm/http.ts';
import { introduction } from '../../core/vllm/introduction.ts';
import type { Contexts } from '../contexts/contexts.ts';
import { withProgress } from '../views/progress.ts';
import type { VllmConnections } from './connections.ts';
import type { EndpointChoice } from './endpointChoice.ts';

/** The commands on the vLLM server. */
export class ServerCommands {
  readonly #contexts: Contexts;
  readonly #connections: VllmConnections;

  constructor(contexts: Contexts, connections: VllmConnections) {
    this.#contexts = contexts;
    this.#connections = connections;
  }

  /** Asks the servers who they are; asks the person again whether they may be used, if they had refused. */
  readonly check = async (): Promise<void> => {
    const { scope } = this.#contexts;
    await this.#connections.allowed(scope, 'ask again');
    const { clients } = await this.#connections.connect(scope);
    const asking = `Asking ${clients.map(({ endpoint }) => endpoint).join(', ')}`;
    const answers = await withProgress(asking, (signal) =>
      Promise.allSettled(clients.map((client) => introduction(client, signal))),
    );
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    const [failure] = failures;
    const said = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [`${answer.value}.`] : []));
    if (said.length > 0) void vscode.window.showInformationMessage(said.join(' '));
    if (failure !== undefined) throw failure;
  };

  readonly setKey = async (): Promise<void> => {
    const origin = await pickOrigin(await this.#connections.allowed(this.#contexts.scope, 'ask again'));
    if (origin === undefined) return;
    const key = await vscode.window.showInputBox({
      title: 'Set vLLM API Key',
      prompt: `The key for ${origin}. It is kept in the editor's secret storage and sent nowhere else.`,
      password: true,
      ignoreFocusOut: true,
      validateInput: (value) =>
        value.trim() === '' || isSendable(value.trim())
          ? undefined
          : 'A key is printable ASCII, without spaces and line breaks',
    });
    if (key === undefined || key.trim() === '') return;
    await this.#connections.setKey(origin, key.trim());
    void vscode.window.showInformationMessage(`The key for ${origin} is set.`);
  };

  readonly clearKey = async (): Promise<void> => {
    const choices = this.#connections.choices(this.#contexts.scope);
    if (choices.length === 0) throw noEndpoint();
    const origin = await pickOrigin(choices);
    if (origin === undefined) return;
    await this.#connections.clearKey(origin);
    void vscode.window.showInformationMessage(`The key for ${origin} is forgotten.`);
  };
}

/** The origin whose key is meant: a key is for one origin alone. */
async function pickOrigin(choices: readonly EndpointChoice[]): Promise<string | undefined> {
  const origins = [...new Set(choices.map(({ origin }) => origin))];
  return origins.length === 1
    ? origins[0]
    : vscode.window.showQuickPick(origins, { title: 'Which vLLM Server?' });
}
