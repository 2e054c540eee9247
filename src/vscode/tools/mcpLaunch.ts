/** How the bundled MCP server is started for one folder. */
export interface McpLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface McpLaunchFacts {
  /** The executable that runs JavaScript: the editor's own. */
  readonly node: string;
  /** Whether it has to be told to be Node and not the editor. */
  readonly isElectron: boolean;
  readonly script: string;
  /** The folder, or, where none is open, the directory of the context. */
  readonly place: { readonly folder: string } | { readonly context: string };
  readonly permafrostHome: string | undefined;
  readonly endpoint?: string | undefined;
  /** The server's PYTHONHASHSEED. */
  readonly hashSeed?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Contexts of other folders that may be read. */
  readonly allowedContexts: readonly string[];
}

/**
 * Secrets go into the environment, never into arguments, which every process of the machine can read. Without a key
 * the variable is empty: the server inherits the editor's environment, whose key may be for another origin.
 */
export function mcpLaunch({ apiKey = '', ...facts }: McpLaunchFacts): McpLaunch {
  const launch = keylessLaunch(facts);
  return { ...launch, env: { ...launch.env, PERMAFROST_VLLM_API_KEY: apiKey } };
}

/** The same for the configuration file of another MCP client, which brings its own Node and keeps no key of ours. */
export function mcpConfiguration(facts: Omit<McpLaunchFacts, 'node' | 'isElectron' | 'apiKey'>): string {
  const { command, args, env } = keylessLaunch({ ...facts, node: 'node', isElectron: false });
  const server = { command, args, ...(Object.keys(env).length > 0 ? { env } : {}) };
  return `${JSON.stringify({ mcpServers: { permafrost: server } }, null, 2)}\n`;
}

function keylessLaunch(facts: Omit<McpLaunchFacts, 'apiKey'>): McpLaunch {
  const { node, isElectron, script, place, permafrostHome, endpoint, hashSeed, allowedContexts } = facts;
  return {
    command: node,
    args: [
      script,
      ...('folder' in place ? ['--folder', place.folder] : ['--context', place.context]),
      ...(endpoint === undefined ? [] : ['--vllm', endpoint]),
      ...(endpoint === undefined || hashSeed === undefined ? [] : ['--vllm-hash-seed', hashSeed]),
      ...allowedContexts.flatMap((id) => ['--allow-context', id]),
    ],
    env: {
      ...(isElectron ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
      ...(permafrostHome === undefined ? {} : { PERMAFROST_HOME: permafrostHome }),
    },
  };
}
