import * as vscode from 'vscode';
import { contextNotAllowed } from '../../core/errors.ts';
import {
  ToolEnvironment,
  type ContextOpener,
  type ContextPlace,
  type OpenContext,
} from '../../tools/environment.ts';
import type { ActiveScope } from './activeScope.ts';
import type { FolderContexts } from './folderContexts.ts';
import { currentScopes, type Scope } from './scope.ts';

export interface ContextsOptions {
  readonly folders: FolderContexts;
  readonly active: ActiveScope;
  readonly opener: ContextOpener;
}

/** What came of opening a folder's context. */
export interface Opening {
  readonly scope: Scope;
  readonly outcome: { readonly context: OpenContext } | { readonly error: unknown };
}

/** The contexts that this window may use. Nothing is opened before somebody asks for it. */
export class Contexts implements vscode.Disposable {
  readonly #options: ContextsOptions;
  readonly #opened = new vscode.EventEmitter<Opening>();
  readonly #endListening: () => void;
  /** What tools may reach: the active folder's context, and those that it may read. */
  readonly environment: ToolEnvironment;

  /** Whoever opened it: a command, a page, or a tool. */
  readonly onDidOpen = this.#opened.event;

  constructor(options: ContextsOptions) {
    const { folders, active, opener } = options;
    this.#options = options;
    this.#endListening = opener.onOpened((context) => this.#announce(context));
    this.environment = new ToolEnvironment({
      opener,
      own: async () => folders.place(active.get()),
      allowed: async () => folders.allowed(active.get()),
    });
  }

  /** The folder that views, tools and commands are about. */
  get scope(): Scope {
    return this.#options.active.get();
  }

  /** The context of a folder, by default the active one. @throws PF-4xxx. */
  async open(scope = this.scope): Promise<OpenContext> {
    const { folders, opener } = this.#options;
    try {
      return await opener.open(folders.place(scope));
    } catch (error) {
      this.#opened.fire({ scope, outcome: { error } });
      throw error;
    }
  }

  /** A context of one of this window's folders, by its id. @throws PF-8003 when it is of none. */
  async openById(id: string): Promise<OpenContext> {
    const places = this.#places();
    const place = places.find(({ identity }) => identity.id === id);
    if (place === undefined)
      throw contextNotAllowed(
        id,
        places.map(({ identity }) => identity.name),
      );
    return this.#options.opener.open(place);
  }

  /** The contexts of this window's folders other than one, by default the active one, as far as they have one that can be opened. */
  async openOthers(than = this.scope): Promise<OpenContext[]> {
    const { folders, opener } = this.#options;
    const others = new Map(this.#places().map((place) => [place.directory, place]));
    for (const { directory } of folders.reachable([than])) others.delete(directory);
    const opened = await Promise.allSettled([...others.values()].map((place) => opener.open(place)));
    return opened.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  }

  /** The folder that a context is of; the active one, when it is of none of this window's any more. */
  scopeOf({ directory }: Pick<OpenContext, 'directory'>): Scope {
    const [scope = this.scope] = this.#options.folders.scopesAt(directory);
    return scope;
  }

  dispose(): void {
    this.#endListening();
    this.#opened.dispose();
  }

  /** A context that is of no folder of this window may be read here, and is none of its own. */
  #announce(context: OpenContext): void {
    for (const scope of this.#options.folders.scopesAt(context.directory))
      this.#opened.fire({ scope, outcome: { context } });
  }

  #places(): ContextPlace[] {
    return this.#options.folders.reachable(currentScopes());
  }
}
