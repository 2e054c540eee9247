import * as vscode from 'vscode';
import { PermafrostError } from '../../core/errors.ts';
import type { FolderContexts } from '../contexts/folderContexts.ts';
import { currentScopes, type Scope } from '../contexts/scope.ts';
import { DisposableStore } from '../disposables.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { mcpLaunch, type McpLaunchFacts } from './mcpLaunch.ts';

export interface McpProviderOptions {
  readonly folders: FolderContexts;
  readonly connections: VllmConnections;
  readonly script: string;
  readonly version: string;
}

/** A definition that remembers which folder it is for. */
class FolderServer extends vscode.McpStdioServerDefinition {
  readonly scope: Scope;

  constructor(scope: Scope, options: McpProviderOptions) {
    super(labelOf(scope), process.execPath, [options.script], {}, options.version);
    this.scope = scope;
  }
}

/** Defines the bundled MCP server for each folder of the window, for agents that use MCP. */
export class McpProvider implements vscode.McpServerDefinitionProvider<FolderServer>, vscode.Disposable {
  readonly #options: McpProviderOptions;
  readonly #opened = new DisposableStore();
  readonly #changed = this.#opened.add(new vscode.EventEmitter<void>());

  readonly onDidChangeMcpServerDefinitions = this.#changed.event;

  constructor(options: McpProviderOptions) {
    this.#options = options;
    const { workspace } = vscode;
    this.#opened.add(workspace.onDidChangeWorkspaceFolders(() => this.#changed.fire()));
    this.#opened.add(workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()));
    this.#opened.add(
      workspace.onDidChangeConfiguration(
        (event) => event.affectsConfiguration('permafrost') && this.#changed.fire(),
      ),
    );
  }

  provideMcpServerDefinitions(): FolderServer[] {
    return currentScopes().map((scope) => new FolderServer(scope, this.#options));
  }

  /** Called when the server is started, so this may ask for consent; the key is given to nobody else. */
  async resolveMcpServerDefinition(server: FolderServer): Promise<FolderServer> {
    const { command, args, env } = mcpLaunch({
      ...this.facts(server.scope),
      ...(await this.#vllm(server.scope)),
      node: process.execPath,
      isElectron: process.versions['electron'] !== undefined,
    });
    server.command = command;
    server.args = [...args];
    server.env = { ...env };
    return server;
  }

  /** How the server is started for a folder, whose context is made so that it is the same for everybody. */
  facts(scope: Scope): Omit<McpLaunchFacts, 'node' | 'isElectron' | 'endpoint' | 'apiKey'> {
    const { folders, script } = this.#options;
    const { directory } = folders.place(scope);
    const isLocal = scope.folder?.uri.scheme === 'file';
    return {
      script,
      place:
        isLocal && scope.folder !== undefined ? { folder: scope.folder.uri.fsPath } : { context: directory },
      permafrostHome: process.env['PERMAFROST_HOME'] || undefined,
      allowedContexts: folders.allowed(scope).map(({ identity }) => identity.id),
    };
  }

  dispose(): void {
    this.#opened.dispose();
  }

  /** Memories work without a server, so one that is not allowed is left out. */
  async #vllm(scope: Scope): Promise<Pick<McpLaunchFacts, 'endpoint' | 'apiKey'>> {
    const { connections } = this.#options;
    try {
      const { endpoint, origin } = await connections.allowed(scope);
      return { endpoint, apiKey: await connections.key(origin) };
    } catch (thrown) {
      if (thrown instanceof PermafrostError && ['PF-5001', 'PF-8004'].includes(thrown.code)) return {};
      throw thrown;
    }
  }
}

/** The editor tells servers apart by their labels. */
function labelOf({ name, folder }: Scope): string {
  const scopes = currentScopes();
  if (scopes.length === 1) return 'Permafrost';
  const isShared = scopes.filter((scope) => scope.name === name).length > 1;
  return `Permafrost (${isShared && folder !== undefined ? folder.uri.fsPath : name})`;
}
