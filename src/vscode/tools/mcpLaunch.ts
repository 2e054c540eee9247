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
  /** The vLLM servers, in order. */
  readonly endpoints: readonly string[];
  /** Their PYTHONHASHSEED. */
  readonly hashSeed?: string | undefined;
  /** The key of each origin that has one. */
  readonly apiKeys: Readonly<Record<string, string>>;
  /** Contexts of other folders that may be read. */
  readonly allowedContexts: readonly string[];
  /** Days without a turn after which a session is over; 0 for never. */
  readonly sessionDays: number;
}

/**
 * Secrets go into the environment, never into arguments, which every process of the machine can read. The server
 * inherits the editor's environment, whose keys may be for other origins: the variables are set, if only to nothing.
 */
export function mcpLaunch({ apiKeys, ...facts }: McpLaunchFacts): McpLaunch {
  const launch = keylessLaunch(facts);
  const own = {
    PERMAFROST_VLLM_API_KEY: '',
    PERMAFROST_VLLM_API_KEYS: JSON.stringify(apiKeys),
  };
  return { ...launch, env: { ...launch.env, ...own } };
}

/** The same for the configuration file of another MCP client, which brings its own Node and keeps no key of ours. */
export function mcpConfiguration(facts: Omit<McpLaunchFacts, 'node' | 'isElectron' | 'apiKeys'>): string {
  const { command, args, env } = keylessLaunch({ ...facts, node: 'node', isElectron: false });
  const server = { command, args, ...(Object.keys(env).length > 0 ? { env } : {}) };
  return `${JSON.stringify({ mcpServers: { permafrost: server } }, null, 2)}\n`;
}

function keylessLaunch(facts: Omit<McpLaunchFacts, 'apiKeys'>): McpLaunch {
  const { node, isElectron, script, place, permafrostHome, allowedContexts, sessionDays } = facts;
  const { endpoints, hashSeed } = facts;
  return {
    command: node,
    args: [
      script,
      ...('folder' in place ? ['--folder', place.folder] : ['--context', place.context]),
      ...endpoints.flatMap((endpoint) => ['--vllm', endpoint]),
      ...(endpoints.length === 0 || hashSeed === undefined ? [] : ['--vllm-hash-seed', hashSeed]),
      ...allowedContexts.flatMap((id) => ['--allow-context', id]),
      // For never too: the server may inherit PERMAFROST_SESSION_DAYS, which is not what the settings say.
      '--session-days',
      String(sessionDays),
    ],
    env: {
      ...(isElectron ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
      ...(permafrostHome === undefined ? {} : { PERMAFROST_HOME: permafrostHome }),
    },
  };
}
