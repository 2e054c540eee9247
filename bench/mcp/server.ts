import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

/** How a server is started, and the call whose answers are timed. */
export interface ServerCall {
  /** Script and arguments for this Node. */
  readonly args: readonly string[];
  readonly tool: string;
  readonly input: Record<string, unknown>;
}

/** Milliseconds from nothing to the answer of the first call, by the SDK's own client over stdio. */
export async function timeToFirstAnswer(call: ServerCall): Promise<number> {
  const begun = performance.now();
  const client = await connect(call);
  try {
    await answer(client, call);
    return performance.now() - begun;
  } finally {
    await client.close();
  }
}

/** A server that runs, with a client that times calls to it. */
export class RunningServer {
  readonly #client: Client;
  readonly #call: ServerCall;

  private constructor(client: Client, call: ServerCall) {
    this.#client = client;
    this.#call = call;
  }

  static async start(call: ServerCall): Promise<RunningServer> {
    return new RunningServer(await connect(call), call);
  }

  /** Milliseconds from the call to its answer. */
  async time(): Promise<number> {
    const begun = performance.now();
    await answer(this.#client, this.#call);
    return performance.now() - begun;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

async function connect({ args }: ServerCall): Promise<Client> {
  const client = new Client({ name: 'permafrost-bench', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [...args] }));
  return client;
}

async function answer(client: Client, { tool, input }: ServerCall): Promise<void> {
  const result = await client.callTool({ name: tool, arguments: input });
  if (result.isError === true) throw new Error(`${tool} failed: ${JSON.stringify(result.content)}`);
}
