import * as vscode from 'vscode';
import { asPermafrostError } from '../../core/errors.ts';
import type { WindowSummary } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { DisposableStore } from '../disposables.ts';
import type { LazyPages, PageContent } from '../shell/lazyPages.ts';
import { tabsWith } from '../views/tabs.ts';
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

/** Shows the page of a window, in the tab that it has already if it has one. */
export async function showWindowPage(
  context: OpenContext,
  window: Pick<WindowSummary, 'id' | 'name'>,
): Promise<void> {
  const [open] = tabsWith(
    (uri) => uri.scheme === WINDOW_SCHEME && windowAddressIn(uri)?.window === window.id,
  );
  await vscode.window.showTextDocument(open?.uri ?? windowUri(context, window), { preview: true });
}

/** A page for each window, read when it is shown and again whenever the context changes; nobody can edit it. */
export class WindowPages implements PageContent, vscode.Disposable {
  readonly #contexts: Pick<Contexts, 'openById'>;
  readonly #watch: ContextWatch;
  readonly #pages: Pick<LazyPages, 'refresh'>;
  readonly #opened = new DisposableStore();
  /** What ends the watching of a page's context, by the URI of the page; from before the context is open. */
  readonly #watched = new Map<string, Promise<vscode.Disposable>>();

  constructor(contexts: Pick<Contexts, 'openById'>, watch: ContextWatch, pages: Pick<LazyPages, 'refresh'>) {
    this.#contexts = contexts;
    this.#watch = watch;
    this.#pages = pages;
    this.#opened.add(watch.onDidChange((context) => this.#announce(context)));
    this.#opened.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#leave(uri.toString())));
    // Those that outlived a restart of the extension say what was so before it, and nobody watches for them.
    for (const { uri } of vscode.workspace.textDocuments)
      if (uri.scheme === WINDOW_SCHEME) pages.refresh(uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const address = windowAddressIn(uri);
    if (address === undefined) return 'This address names no window.\n';
    try {
      const opening = this.#contexts.openById(address.context);
      this.#follow(uri.toString(), opening);
      const context = await opening;
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

  #follow(key: string, opening: Promise<OpenContext>): void {
    if (this.#watched.has(key)) return;
    const watching = opening.then((context) => this.#watch.watch(context));
    this.#watched.set(key, watching);
    // Whoever reads the page is told why it cannot be opened, and the next one tries again.
    watching.catch(() => this.#watched.get(key) === watching && this.#watched.delete(key));
  }

  /** The page may be closed before its context is open. */
  #leave(key: string): void {
    const watching = this.#watched.get(key);
    this.#watched.delete(key);
    void watching?.then(
      (watched) => watched.dispose(),
      () => undefined, // There was nothing to watch.
    );
  }
}
