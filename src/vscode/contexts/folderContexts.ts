import * as path from 'node:path';
import * as vscode from 'vscode';
import { homeDirectory, requireDirectory, requireHome } from '../../core/contexts/home.ts';
import { ContextRegistry } from '../../core/contexts/registry.ts';
import { directoryUnusable } from '../../core/errors.ts';
import { reachable } from '../../core/known.ts';
import { nodeFiles } from '../../core/log/files.ts';
import type { ContextPlace } from '../../tools/environment.ts';
import { currentScopes, registeredFolder, type Scope } from './scope.ts';

const HOME = 'PERMAFROST_HOME';

export interface FolderContextsOptions {
  readonly storageUri: vscode.Uri | undefined;
  readonly globalStorageUri: vscode.Uri;
  readonly now: () => number;
  readonly newId: () => string;
}

/** Where the contexts of this window's folders are, by the registry that all processes share. */
export class FolderContexts {
  readonly #options: FolderContextsOptions;
  readonly #registry: ContextRegistry;
  /** What was found, by the URI of the folder: the registry never changes an entry. */
  readonly #known = new Map<string, ContextPlace>();

  constructor(options: FolderContextsOptions) {
    this.#options = options;
    this.#registry = new ContextRegistry(homeDirectory(), { ...options, files: nodeFiles });
  }

  /** The context of a folder, made when it has none. @throws PF-4xxx. */
  place(scope: Scope): ContextPlace {
    return this.find(scope) ?? this.#remember(scope, this.#create(scope));
  }

  /** The context of a folder, if it has one already. @throws PF-4xxx. */
  find(scope: Scope): ContextPlace | undefined {
    const known = this.#known.get(scope.uri);
    if (known !== undefined) return known;
    const found = this.#registry.find(registeredFolder(scope));
    return found && this.#remember(scope, found);
  }

  /** The contexts of folders, as far as they have one that can be found: that one is gone is not the others' fault. */
  reachable(scopes: readonly Scope[]): ContextPlace[] {
    return scopes.flatMap((scope) => reachable(() => this.find(scope)) ?? []);
  }

  /** The scopes whose context is in `directory`: two, where folders of this window are one on the disk. */
  scopesAt(directory: string): Scope[] {
    return currentScopes().filter(({ uri }) => this.#known.get(uri)?.directory === directory);
  }

  /** Contexts that `scope` may read besides its own: of the window's other folders, and those the settings allow. */
  allowed(scope: Scope): ContextPlace[] {
    const others = currentScopes().filter(({ uri }) => uri !== scope.uri);
    const siblings = this.reachable(others);
    const names = allowedNames();
    const isNamed = ({ identity }: ContextPlace) => names.has(identity.id) || names.has(identity.name);
    const named = names.size === 0 ? [] : this.#registry.all().filter(isNamed);
    return [...new Map([...siblings, ...named].map((place) => [place.directory, place])).values()];
  }

  #create(scope: Scope): ContextPlace {
    requireHome(nodeFiles, homeDirectory(), process.env[HOME] ? HOME : 'the home directory');
    return this.#registry.contextOf(registeredFolder(scope), this.#directoryForNew());
  }

  #remember(scope: Scope, place: ContextPlace): ContextPlace {
    this.#known.set(scope.uri, place);
    return place;
  }

  #directoryForNew(): string {
    const named = vscode.workspace.getConfiguration('permafrost').get<string>('storage.directory', '').trim();
    if (named !== '') return usableDirectory(named);
    if (process.env[HOME]) return path.join(homeDirectory(), 'contexts');
    const { storageUri, globalStorageUri } = this.#options;
    return path.join((storageUri ?? globalStorageUri).fsPath, 'contexts');
  }
}

function usableDirectory(named: string): string {
  if (!path.isAbsolute(named)) throw directoryUnusable(named, 'it is not an absolute path');
  requireDirectory(nodeFiles, named, 'permafrost.storage.directory');
  return named;
}

function allowedNames(): Set<string> {
  const names: unknown = vscode.workspace.getConfiguration('permafrost').get('contexts.allowed');
  return new Set(Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []);
}
