import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

/** How a server is started. */
export interface ServerCommand {
  /** Script and arguments for this Node. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What becomes of its standard error; shown when not said. */
  readonly stderr?: 'ignore';
}

export interface ToolCall {
  readonly tool: string;
  readonly input: Record<string, unknown>;
}

/** The largest message that is read, in bytes: the SDK's own limit of 10 MB is too little for a whole graph. */
const MESSAGE_BYTES = 2 ** 28;
const PATIENCE = { timeout: 300_000 };

/** Milliseconds from nothing to the answer of the first call, by the SDK's own client over stdio. */
export async function timeToFirstAnswer(command: ServerCommand, call: ToolCall): Promise<number> {
  const begun = performance.now();
  const server = await RunningServer.start(command);
  try {
    await server.answer(call);
    return performance.now() - begun;
  } finally {
    await server.close();
  }
}

/** A server that runs, with a client of the SDK over stdio. */
export class RunningServer {
  readonly #client: Client;
  readonly #transport: StdioClientTransport;

  private constructor(client: Client, transport: StdioClientTransport) {
    this.#client = client;
    this.#transport = transport;
  }

  static async start({ args, env, stderr }: ServerCommand): Promise<RunningServer> {
    const client = new Client({ name: 'permafrost-bench', version: '1.0.0' });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [...args],
      stderr: stderr ?? 'inherit',
      // The SDK keeps the environment from its servers; a profiler is asked for there.
      env: { ...env, NODE_OPTIONS: process.env['NODE_OPTIONS'] ?? '' },
      maxBufferSize: MESSAGE_BYTES,
    });
    await client.connect(transport);
    return new RunningServer(client, transport);
  }

  /** The id of its process. */
  get pid(): number {
    if (this.#transport.pid === null) throw new Error('the server has ended');
    return this.#transport.pid;
  }

  /** Milliseconds from the call to its answer. */
  async time(call: ToolCall): Promise<number> {
    const begun = performance.now();
    await this.answer(call);
    return performance.now() - begun;
  }

  /** The answer as it came, text and structure. @throws when it is an error. */
  async answer({ tool, input }: ToolCall) {
    const result = await this.#client.callTool({ name: tool, arguments: input }, undefined, PATIENCE);
    if (result.isError === true) throw new Error(`${tool} failed: ${JSON.stringify(result.content)}`);
    return result;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
