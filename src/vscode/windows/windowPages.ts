import * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { DisposableStore } from '../disposables.ts';
import type { LazyPages, PageContent } from '../shell/lazyPages.ts';
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

/** A page for each window, read when it is shown and again whenever the context changes; nobody can edit it. */
export class WindowPages implements PageContent, vscode.Disposable {
  readonly #contexts: Pick<Contexts, 'openById'>;
  readonly #watch: ContextWatch;
  readonly #pages: LazyPages;
  readonly #opened = new DisposableStore();
  /** What ends the watching of a page's context, by the URI of the page. */
  readonly #watched = new Map<string, vscode.Disposable>();

  constructor(contexts: Pick<Contexts, 'openById'>, watch: ContextWatch, pages: LazyPages) {
    this.#contexts = contexts;
    this.#watch = watch;
    this.#pages = pages;
    this.#opened.add(watch.onDidChange((context) => this.#announce(context)));
    this.#opened.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#leave(uri.toString())));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const address = windowAddressIn(uri);
    if (address === undefined) return 'This address names no window.\n';
    try {
      const context = await this.#contexts.openById(address.context);
      if (!this.#watched.has(uri.toString())) this.#watched.set(uri.toString(), this.#watch.watch(context));
      const window = context.windows.get({ windowId: address.window });
      return windowReport(window, context.windows.lineage(window));
    } catch (thrown) {
      return `${asPermafrostError(thrown).sentence}\n`;
    }
  }

  dispose(): void {
    for (const key of this.#watched.keys()) this.#leave(key);
    this.#opened.dispose();
  }

  #announce({ identity }: OpenContext): void {
    for (const key of this.#watched.keys()) {
      const uri = vscode.Uri.parse(key);
      if (windowAddressIn(uri)?.context === identity.id) this.#pages.refresh(uri);
    }
  }

  #leave(key: string): void {
    this.#watched.get(key)?.dispose();
    this.#watched.delete(key);
  }
}
