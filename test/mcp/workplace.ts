import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import * as z from 'zod';

const ROOT = path.resolve(import.meta.dirname, '../..');

let built: string | undefined;

/** The bundle as it ships, built once for all tests. */
export function bundledServer(): string {
  if (built !== undefined) return built;
  const outdir = mkdtempSync(path.join(tmpdir(), 'permafrost-dist-'));
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  const { status, stderr } = spawnSync(
    process.execPath,
    ['esbuild.mjs', '--outdir', outdir, '--only', 'mcp-server.js'],
    { cwd: ROOT },
  );
  if (status !== 0) throw new Error(`esbuild.mjs failed: ${stderr.toString()}`);
  built = path.join(outdir, 'mcp-server.js');
  return built;
}

export const serverFromSource = path.join(ROOT, 'src/mcp/main.ts');

const ToolResult = z.object({
  isError: z.boolean().default(false),
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  structuredContent: z.record(z.string(), z.unknown()),
});
export type ToolResult = z.infer<typeof ToolResult>;

/** Calls a tool by the SDK's client, which also checks the answer against the tool's output schema. */
export async function call(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<ToolResult> {
  return ToolResult.parse(await client.callTool({ name, arguments: args }));
}

const Created = z.object({ created: z.array(z.object({ id: z.string() })) });

/** Creates memories with these titles. @returns their ids */
export async function remember(client: Client, ...named: string[]): Promise<string[]> {
  const memories = named.map((title) => ({ title, content: `About ${title}.` }));
  const { structuredContent } = await call(client, 'memory_create', { memories });
  return Created.parse(structuredContent).created.map(({ id }) => id);
}

const Listed = z.object({ memories: z.array(z.object({ title: z.string() })) });

export async function titles(client: Client): Promise<string[]> {
  const { structuredContent } = await call(client, 'memory_list', { sort: 'created', order: 'asc' });
  return Listed.parse(structuredContent).memories.map(({ title }) => title);
}

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A server spoken to line by line, for what the SDK's client would not send. */
export interface RawServer {
  readonly child: ChildProcessWithoutNullStreams;
  send(line: string | Buffer): void;
  /** The next line of its standard output, as JSON. */
  next(): Promise<unknown>;
  /** Resolves when it has ended. */
  exit(): Promise<Exit>;
}

/** A home for contexts and an empty folder, with the servers that run there; all gone after the test. */
export class Workplace {
  readonly root = mkdtempSync(path.join(tmpdir(), 'permafrost-mcp-'));
  readonly home = path.join(this.root, 'home');
  readonly folder = path.join(this.root, 'folder');
  readonly #clients: Client[] = [];
  readonly #children: ChildProcessWithoutNullStreams[] = [];

  constructor() {
    mkdirSync(this.folder);
  }

  /** A client of a server of its own; by default in this folder. */
  async connect(args: readonly string[] = [], { script = bundledServer(), env = {} } = {}): Promise<Client> {
    const client = new Client({ name: 'test', version: '1' });
    this.#clients.push(client);
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [script, ...args],
        env: this.#environment(env),
        cwd: this.folder,
        stderr: 'ignore',
      }),
    );
    return client;
  }

  start(args: readonly string[] = [], env: Record<string, string> = {}): RawServer {
    const child = spawn(process.execPath, [bundledServer(), ...args], {
      cwd: this.folder,
      env: this.#environment(env),
    });
    this.#children.push(child);
    const ended = once(child, 'close');
    const stderr = text(child.stderr);
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    let read = 0;
    return {
      child,
      send: (line) => void child.stdin.write(line),
      next: async () => {
        while (lines.length <= read) await once(reader, 'line');
        return JSON.parse(lines[read++] ?? '');
      },
      exit: async () => {
        await ended;
        return { code: child.exitCode, stdout: lines.join('\n'), stderr: await stderr };
      },
    };
  }

  /** Starts a server that is to end by itself, without input. */
  run(args: readonly string[], env: Record<string, string> = {}): Promise<Exit> {
    const server = this.start(args, env);
    server.child.stdin.end();
    return server.exit();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    for (const child of this.#children) child.kill('SIGKILL');
    // A process that makes a snapshot may still be writing there.
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
  }

  #environment(more: Record<string, string>): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.root, PERMAFROST_HOME: this.home, ...more };
  }
}
