import * as vscode from 'vscode';
import { noEndpoint } from '../../core/errors.ts';
import { isSendable } from '../../core/vllm/http.ts';
import type { Contexts } from '../contexts/contexts.ts';
import { abortedBy } from '../views/cancellation.ts';
import type { VllmConnections } from './connections.ts';

/** The commands on the vLLM server. */
export class ServerCommands {
  readonly #contexts: Contexts;
  readonly #connections: VllmConnections;

  constructor(contexts: Contexts, connections: VllmConnections) {
    this.#contexts = contexts;
    this.#connections = connections;
  }

  /** Asks the server who it is; asks the person again whether it may be used, if they had refused. */
  readonly check = async (): Promise<void> => {
    const { scope } = this.#contexts;
    await this.#connections.allowed(scope, 'ask again');
    const client = await this.#connections.connect(scope);
    const asking = {
      location: vscode.ProgressLocation.Notification,
      title: `Asking ${client.endpoint}`,
      cancellable: true,
    };
    const [version, models] = await vscode.window.withProgress(asking, (_progress, token) =>
      abortedBy(token, (signal) => Promise.all([client.version(signal), client.models(signal)])),
    );
    const served = models.map(({ id }) => id).join(', ');
    void vscode.window.showInformationMessage(
      `vLLM ${version} at ${client.endpoint} answers, and serves ${served}.`,
    );
  };

  readonly setKey = async (): Promise<void> => {
    const { origin } = await this.#connections.allowed(this.#contexts.scope, 'ask again');
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
    const choice = this.#connections.choice(this.#contexts.scope);
    if (choice === undefined) throw noEndpoint();
    const { origin } = choice;
    await this.#connections.clearKey(origin);
    void vscode.window.showInformationMessage(`The key for ${origin} is forgotten.`);
  };
}
