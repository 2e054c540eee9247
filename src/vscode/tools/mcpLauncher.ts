import { PermafrostError } from '../../core/errors.ts';
import type { FolderContexts } from '../contexts/folderContexts.ts';
import type { Scope } from '../contexts/scope.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { sessionDays } from '../windows/sessionDays.ts';
import { mcpLaunch, type McpLaunch, type McpLaunchFacts } from './mcpLaunch.ts';

type Servers = Pick<McpLaunchFacts, 'endpoints' | 'apiKeys' | 'hashSeed'>;

const NONE: Servers = { endpoints: [], apiKeys: {} };

/** Knows how the bundled MCP server is started for each folder. */
export class McpLauncher {
  readonly #folders: FolderContexts;
  readonly #connections: VllmConnections;
  readonly #script: string;

  constructor(folders: FolderContexts, connections: VllmConnections, script: string) {
    this.#folders = folders;
    this.#connections = connections;
    this.#script = script;
  }

  /** How the server is started by this editor, which alone gives it the keys; the person may be asked for consent. */
  async launch(scope: Scope): Promise<McpLaunch> {
    return mcpLaunch({
      ...this.facts(scope),
      ...(await this.#vllm(scope)),
      node: process.execPath,
      isElectron: process.versions['electron'] !== undefined,
    });
  }

  /** What is the same for every client. The context is made now, so that all find the same one. */
  facts(scope: Scope): Omit<McpLaunchFacts, 'node' | 'isElectron' | keyof Servers> {
    const { directory } = this.#folders.place(scope);
    const { folder } = scope;
    return {
      script: this.#script,
      place: folder?.uri.scheme === 'file' ? { folder: folder.uri.fsPath } : { context: directory },
      permafrostHome: process.env['PERMAFROST_HOME'] || undefined,
      allowedContexts: this.#folders.allowed(scope).map(({ identity }) => identity.id),
      sessionDays: sessionDays(),
    };
  }

  /** Memories work without a server, so those that are not allowed are left out. */
  async #vllm(scope: Scope): Promise<Servers> {
    try {
      const allowed = await this.#connections.allowed(scope);
      const keys = await Promise.all(
        allowed.map(async ({ origin }) => [origin, await this.#connections.key(origin)] as const),
      );
      const apiKeys = Object.fromEntries(
        keys.flatMap(([origin, key]) => (key === undefined ? [] : [[origin, key]])),
      );
      const endpoints = allowed.map(({ endpoint }) => endpoint);
      return { endpoints, apiKeys, hashSeed: this.#connections.hashSeed(scope) };
    } catch (thrown) {
      if (thrown instanceof PermafrostError && ['PF-5001', 'PF-8004'].includes(thrown.code)) return NONE;
      throw thrown;
    }
  }
}
