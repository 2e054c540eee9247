import * as vscode from 'vscode';
import { contextNotAllowed } from '../../core/errors.ts';
import { ToolEnvironment, type ContextOpener, type OpenContext } from '../../tools/environment.ts';
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
  /** What tools may reach: the active folder's context, and those that it may read. */
  readonly environment: ToolEnvironment;

  readonly onDidOpen = this.#opened.event;

  constructor(options: ContextsOptions) {
    const { folders, active, opener } = options;
    this.#options = options;
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
      const context = await opener.open(folders.place(scope));
      this.#opened.fire({ scope, outcome: { context } });
      return context;
    } catch (error) {
      this.#opened.fire({ scope, outcome: { error } });
      throw error;
    }
  }

  /** A context of one of this window's folders, by its id. @throws PF-8003 when it is of none. */
  async openById(id: string): Promise<OpenContext> {
    const { folders, opener } = this.#options;
    const places = currentScopes().flatMap((scope) => folders.find(scope) ?? []);
    const place = places.find(({ identity }) => identity.id === id);
    if (place === undefined)
      throw contextNotAllowed(
        id,
        places.map(({ identity }) => identity.name),
      );
    return opener.open(place);
  }

  dispose(): void {
    this.#opened.dispose();
  }
}
