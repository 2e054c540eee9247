import * as vscode from 'vscode';
import { currentScopes, type Scope } from '../contexts/scope.ts';
import { DisposableStore } from '../disposables.ts';
import type { UseEngine } from './useEngine.ts';

/** A definition that remembers which folder it is for. */
class FolderServer extends vscode.McpStdioServerDefinition {
  readonly scope: Scope;

  constructor(scope: Scope, script: string, version: string) {
    super(labelOf(scope), process.execPath, [script], {}, version);
    this.scope = scope;
  }
}

/** Defines the bundled MCP server for each folder of the window, for agents that use MCP. */
export class McpProvider implements vscode.McpServerDefinitionProvider<FolderServer>, vscode.Disposable {
  readonly #engine: UseEngine;
  readonly #script: string;
  readonly #version: string;
  readonly #opened = new DisposableStore();
  readonly #changed = this.#opened.add(new vscode.EventEmitter<void>());

  readonly onDidChangeMcpServerDefinitions = this.#changed.event;

  constructor(engine: UseEngine, script: string, version: string) {
    this.#engine = engine;
    this.#script = script;
    this.#version = version;
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
    return currentScopes().map((scope) => new FolderServer(scope, this.#script, this.#version));
  }

  /** Called when the server is started, so this may ask for consent. */
  async resolveMcpServerDefinition(server: FolderServer): Promise<FolderServer> {
    const { command, args, env } = await (await this.#engine()).launchMcp(server.scope);
    server.command = command;
    server.args = [...args];
    server.env = { ...env };
    return server;
  }

  dispose(): void {
    this.#opened.dispose();
  }
}

/** The editor tells servers apart by their labels. */
function labelOf({ name, folder }: Scope): string {
  const scopes = currentScopes();
  if (scopes.length === 1) return 'Permafrost';
  const isShared = scopes.filter((scope) => scope.name === name).length > 1;
  return `Permafrost (${isShared && folder !== undefined ? folder.uri.fsPath : name})`;
}
