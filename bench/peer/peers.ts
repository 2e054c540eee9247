import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as z from 'zod';
import type { NewMemory } from '../../src/core/memory/memory.ts';
import type { RunningServer, ServerCommand, ToolCall } from '../mcp/server.ts';

/** A memory server, and how each thing is asked of it. */
export interface Peer {
  readonly command: ServerCommand;
  /** `turn` tells memories with the same title apart. */
  readonly create: (memory: NewMemory, turn: string) => ToolCall;
  readonly search: (query: string) => ToolCall;
  readonly read: (key: string) => ToolCall;
  /** A page where there are pages, else everything. */
  readonly list: ToolCall;
  /** Of the memories that were there at the beginning. */
  readonly keys: readonly string[];
  /** How many memories a server holds. */
  readonly count: (server: RunningServer) => Promise<number>;
}

/** Permafrost's bundled server over the context in `directory`. */
export function permafrost(script: string, directory: string, keys: readonly string[]): Peer {
  return {
    command: { args: [script, '--context', directory] },
    create: (memory) => ({ tool: 'memory_create', input: { memories: [memory] } }),
    search: (query) => ({ tool: 'memory_search', input: { query } }),
    read: (key) => ({ tool: 'memory_read', input: { ids: [key] } }),
    list: { tool: 'memory_list', input: {} },
    keys,
    async count(server) {
      const { structuredContent } = await server.answer({ tool: 'memory_list', input: { limit: 1 } });
      return z.object({ total: z.int() }).parse(structuredContent).total;
    },
  };
}

const PACKAGE = '@modelcontextprotocol/server-memory';
const GRAPH: ToolCall = { tool: 'read_graph', input: {} };

/** The reference server over a graph in `directory` of which each of `memories` is an entity. */
export function referenceServer(directory: string, memories: readonly NewMemory[]): Peer {
  const file = path.join(directory, 'memory.jsonl');
  const entities = memories.map((memory, at) => entity(memory, String(at)));
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, entities.map((line) => JSON.stringify({ type: 'entity', ...line })).join('\n'));
  return {
    command: { args: [installed().script], env: { MEMORY_FILE_PATH: file }, stderr: 'ignore' },
    create: (memory, turn) => ({ tool: 'create_entities', input: { entities: [entity(memory, turn)] } }),
    search: (query) => ({ tool: 'search_nodes', input: { query } }),
    read: (key) => ({ tool: 'open_nodes', input: { names: [key] } }),
    list: GRAPH,
    keys: entities.map(({ name }) => name),
    async count(server) {
      const { structuredContent } = await server.answer(GRAPH);
      return z.object({ entities: z.array(z.unknown()) }).parse(structuredContent).entities.length;
    },
  };
}

/** What the reference server is called in tables. */
export function referenceName(): string {
  return `server-memory ${installed().version}`;
}

/** Names are what entities are told apart by, so each has its number. */
function entity({ title, content, tier = 'long_term' }: NewMemory, number: string) {
  return { name: `${title} (${number})`, entityType: tier, observations: [content] };
}

function installed(): { readonly script: string; readonly version: string } {
  const root = path.resolve(import.meta.dirname, '../../node_modules', PACKAGE);
  const manifest = path.join(root, 'package.json');
  if (!existsSync(manifest))
    throw new Error(`${PACKAGE} is not installed, to measure beside: npm ci does it`);
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8')));
  return { script: path.join(root, 'dist/index.js'), version };
}
