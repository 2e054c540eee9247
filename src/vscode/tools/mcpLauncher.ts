import { PermafrostError } from '../../core/errors.ts';
import type { FolderContexts } from '../contexts/folderContexts.ts';
import type { Scope } from '../contexts/scope.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { mcpLaunch, type McpLaunch, type McpLaunchFacts } from './mcpLaunch.ts';

type Server = Pick<McpLaunchFacts, 'endpoint' | 'apiKey' | 'hashSeed'>;

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

  /** How the server is started by this editor, which alone gives it the key; the person may be asked for consent. */
  async launch(scope: Scope): Promise<McpLaunch> {
    return mcpLaunch({
      ...this.facts(scope),
      ...(await this.#vllm(scope)),
      node: process.execPath,
      isElectron: process.versions['electron'] !== undefined,
    });
  }

  /** What is the same for every client. The context is made now, so that all find the same one. */
  facts(scope: Scope): Omit<McpLaunchFacts, 'node' | 'isElectron' | keyof Server> {
    const { directory } = this.#folders.place(scope);
    const { folder } = scope;
    return {
      script: this.#script,
      place: folder?.uri.scheme === 'file' ? { folder: folder.uri.fsPath } : { context: directory },
      permafrostHome: process.env['PERMAFROST_HOME'] || undefined,
      allowedContexts: this.#folders.allowed(scope).map(({ identity }) => identity.id),
    };
  }

  /** Memories work without a server, so one that is not allowed is left out. */
  async #vllm(scope: Scope): Promise<Server> {
    try {
      const { endpoint, origin } = await this.#connections.allowed(scope);
      const hashSeed = this.#connections.hashSeed(scope);
      return { endpoint, hashSeed, apiKey: await this.#connections.key(origin) };
    } catch (thrown) {
      if (thrown instanceof PermafrostError && ['PF-5001', 'PF-8004'].includes(thrown.code)) return {};
      throw thrown;
    }
  }
}
