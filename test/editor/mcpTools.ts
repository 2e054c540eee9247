import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import * as z from 'zod';

/** The tools of a bundled MCP server that runs as a process of its own. */
export interface McpTools {
  /** Calls a tool; gives its structured content, and rejects with its text if it reports an error. */
  call(name: string, input: object): Promise<unknown>;
  close(): Promise<void>;
}

export interface McpServerOptions {
  /** Path of `dist/mcp-server.js`. */
  readonly server: string;
  readonly folder: string;
  readonly permafrostHome: string;
  readonly vllm?: string;
}

/** Starts `node dist/mcp-server.js --folder DIR` and connects to it, as any MCP client does. */
export async function startMcpTools(options: McpServerOptions): Promise<McpTools> {
  const client = new Client({ name: 'permafrost-demo', version: '1.0.0' });
  const vllm = options.vllm === undefined ? [] : ['--vllm', options.vllm];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [options.server, '--folder', options.folder, ...vllm],
    env: { ...getDefaultEnvironment(), PERMAFROST_HOME: options.permafrostHome },
  });
  await client.connect(transport);
  return {
    call: async (name, input) => structured(name, await client.callTool({ name, arguments: { ...input } })),
    close: () => client.close(),
  };
}

const answerSchema = z.object({
  isError: z.boolean().optional(),
  content: z.array(z.object({ text: z.string().optional() })),
  structuredContent: z.unknown().optional(),
});

function structured(name: string, answer: unknown): unknown {
  const { isError, content, structuredContent } = answerSchema.parse(answer);
  if (isError === true) throw new Error(`${name} failed: ${content.map((part) => part.text).join('\n')}`);
  return structuredContent;
}
