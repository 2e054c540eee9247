import * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { DisposableStore } from '../disposables.ts';
import type { Pages } from '../shell/lazyPages.ts';
import { windowReport } from './windowReports.ts';
import { WINDOW_SCHEME, windowAddressIn, windowUriParts } from './windowUri.ts';

/** The page of a window, and how commands are told which one is meant, whichever folder is active. */
export function windowUri(
  { identity }: Pick<OpenContext, 'identity'>,
  { id, name }: Pick<WindowSummary, 'id' | 'name'>,
): vscode.Uri {
  const address = { context: identity.id, window: id };
  return vscode.Uri.from({ scheme: WINDOW_SCHEME, ...windowUriParts(address, identity.name, name) });
}

/** Shows the page of a window. */
export async function showWindowPage(
  context: OpenContext,
  window: Pick<WindowSummary, 'id' | 'name'>,
): Promise<void> {
  await vscode.window.showTextDocument(windowUri(context, window), { preview: true });
}

export interface WindowPagesOptions {
  readonly contexts: Pick<Contexts, 'openById'>;
  readonly watch: ContextWatch;
  /** Has the editor read a page anew. */
  readonly changed: (uri: vscode.Uri) => void;
}

/** A page for each window, read when it is shown and again whenever the context changes; nobody can edit it. */
export class WindowPages implements Pages, vscode.Disposable {
  readonly #options: WindowPagesOptions;
  readonly #opened = new DisposableStore();
  /** What ends the watching of a page's context, by the URI of the page; undefined until its context is open. */
  readonly #shown = new Map<string, vscode.Disposable | undefined>();

  constructor(options: WindowPagesOptions) {
    this.#options = options;
    this.#opened.add(options.watch.onDidChange((context) => this.#announce(context)));
    this.#opened.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#leave(uri.toString())));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const address = windowAddressIn(uri);
    if (address === undefined) return 'This address names no window.\n';
    const key = uri.toString();
    if (!this.#shown.has(key)) this.#shown.set(key, undefined);
    try {
      const context = await this.#options.contexts.openById(address.context);
      this.#follow(key, context);
      const window = context.windows.get({ windowId: address.window });
      return windowReport(window, context.windows.lineage(window));
    } catch (thrown) {
      return `${asPermafrostError(thrown).sentence}\n`;
    }
  }

  dispose(): void {
    for (const key of this.#shown.keys()) this.#leave(key);
    this.#opened.dispose();
  }

  /** A page that was closed while its context was opened is not watched: nobody would end that. */
  #follow(key: string, context: OpenContext): void {
    if (this.#shown.has(key))
      this.#shown.set(key, this.#shown.get(key) ?? this.#options.watch.watch(context));
  }

  #announce({ identity }: OpenContext): void {
    for (const key of this.#shown.keys()) {
      const uri = vscode.Uri.parse(key);
      if (windowAddressIn(uri)?.context === identity.id) this.#options.changed(uri);
    }
  }

  #leave(key: string): void {
    this.#shown.get(key)?.dispose();
    this.#shown.delete(key);
  }
}
