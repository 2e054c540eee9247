import * as vscode from 'vscode';
import { DisposableStore } from '../disposables.ts';
import type { UseEngine } from './useEngine.ts';

type Provider = vscode.LanguageModelChatProvider;

/** The models of the vLLM server in the model picker; which they are, the engine knows. */
export class LazyModels implements Provider, vscode.Disposable {
  readonly #engine: UseEngine;
  readonly #opened = new DisposableStore();
  readonly #changed = this.#opened.add(new vscode.EventEmitter<void>());

  readonly onDidChangeLanguageModelChatInformation = this.#changed.event;

  /** @param secrets which models there are depends on the server's key too */
  constructor(engine: UseEngine, secrets: vscode.SecretStorage) {
    this.#engine = engine;
    this.#opened.add(secrets.onDidChange(() => this.refresh()));
    const { workspace } = vscode;
    this.#opened.add(workspace.onDidGrantWorkspaceTrust(() => this.refresh()));
    this.#opened.add(
      workspace.onDidChangeConfiguration(
        (event) => event.affectsConfiguration('permafrost.vllm') && this.refresh(),
      ),
    );
  }

  /** Has the editor ask for the models again. */
  refresh(): void {
    this.#changed.fire();
  }

  async provideLanguageModelChatInformation(
    ...asked: Parameters<Provider['provideLanguageModelChatInformation']>
  ): Promise<vscode.LanguageModelChatInformation[]> {
    return (await (await this.#engine()).models.provideLanguageModelChatInformation(...asked)) ?? [];
  }

  async provideLanguageModelChatResponse(
    ...asked: Parameters<Provider['provideLanguageModelChatResponse']>
  ): Promise<void> {
    await (await this.#engine()).models.provideLanguageModelChatResponse(...asked);
  }

  async provideTokenCount(...asked: Parameters<Provider['provideTokenCount']>): Promise<number> {
    return (await this.#engine()).models.provideTokenCount(...asked);
  }

  dispose(): void {
    this.#opened.dispose();
  }
}
