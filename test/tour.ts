// Permafrost's main job in a terminal, through the bundled MCP server and the MCP SDK's own client:
// `npm run tour`. Ends with 1 when anything is not as it should be.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import * as z from 'zod';
import { startStandin } from './vllm/standin/server.ts';

const SERVER = path.resolve(import.meta.dirname, '../dist/mcp-server.js');

const Text = z.object({ content: z.tuple([z.object({ text: z.string() })]) });
const Created = z.object({ created: z.array(z.object({ id: z.string(), title: z.string() })) });
const Found = z.object({
  results: z.array(z.object({ id: z.string(), title: z.string(), snippet: z.string() })),
});
const Read = z.object({ memories: z.array(z.object({ id: z.string(), content: z.string() })) });
const Total = z.object({ total: z.int() });
const Frozen = z.object({ window: z.object({ id: z.string(), promptTokens: z.int(), blockCount: z.int() }) });
const Thawed = z.object({
  status: z.string(),
  promptTokens: z.int(),
  cachedTokens: z.int().nullable(),
  cachedTokensSource: z.string().nullable(),
  timeToFirstTokenMs: z.number().nullable(),
});

const MEMORIES = [
  {
    title: 'Retries use exponential back-off with jitter',
    content:
      'The payment gateway bans clients that retry in step, so `retry.ts` doubles its delay from 200 ms and adds up to ' +
      '50 % at random. Decided after the outage in March.',
    tags: ['payments', 'decision'],
  },
  {
    title: 'Integration tests need the test database on port 5433',
    content: 'Run `docker compose up -d testdb` first; port 5432 is the one of development.',
    tags: ['testing'],
  },
  {
    title: 'The customer number is a string',
    content: 'It has leading zeros. Parsing it as a number lost them once, in the export of 2024.',
    tags: ['trap'],
  },
];

const CONVERSATION = [
  { role: 'system', content: 'You review the code of a payment service. '.repeat(40) },
  { role: 'user', content: 'Why does retry.ts add a random part to its delay?' },
  { role: 'assistant', content: 'So that clients which failed together do not come back together.' },
];

/** Where the tour happens, and what it started; all gone at its end. */
class Tour {
  readonly #root = mkdtempSync(path.join(tmpdir(), 'permafrost-tour-'));
  readonly #clients: Client[] = [];
  readonly #began = performance.now();
  #steps = 0;

  /** Starts a server of its own for the tour's folder. */
  async server(...args: string[]): Promise<{ client: Client; pid: number }> {
    const folder = path.join(this.#root, 'shop');
    mkdirSync(folder, { recursive: true });
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [SERVER, '--folder', folder, ...args],
      env: { PERMAFROST_HOME: path.join(this.#root, 'home') },
    });
    const client = new Client({ name: 'tour', version: '1' });
    this.#clients.push(client);
    await client.connect(transport);
    assert.ok(transport.pid !== null);
    return { client, pid: transport.pid };
  }

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#steps += 1;
    console.log(`\n${this.#steps}. ${title}`);
    const from = performance.now();
    const result = await work();
    console.log(`   (${milliseconds(performance.now() - from)})`);
    return result;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 10 });
    console.log(`\nTook ${milliseconds(performance.now() - this.#began)}. Nothing is left behind.`);
  }
}

/** Calls a tool, and says how long it took. */
async function call<T>(client: Client, schema: z.ZodType<T>, name: string, args: object): Promise<T> {
  const from = performance.now();
  const answer = await ask(client, schema, name, args);
  say(`${name}: ${milliseconds(performance.now() - from)}`);
  return answer;
}

/** An error answer ends the tour. */
async function ask<T>(client: Client, schema: z.ZodType<T>, name: string, args: object): Promise<T> {
  const answer = await client.callTool({ name, arguments: { ...args } });
  if (answer.isError === true) throw new Error(Text.parse(answer).content[0].text);
  return schema.parse(answer.structuredContent);
}

async function writeMemories(client: Client): Promise<string[]> {
  const { created } = await call(client, Created, 'memory_create', { memories: MEMORIES });
  for (const { id, title } of created) say(`  ${id}  ${title}`);
  assert.equal(created.length, MEMORIES.length);
  return created.map(({ id }) => id);
}

async function search(client: Client, query: string): Promise<void> {
  const { results } = await call(client, Found, 'memory_search', { query });
  say(`  "${query}" finds: ${results[0]?.title}`);
  say(`  ${results[0]?.snippet}`);
  assert.equal(results[0]?.title, MEMORIES[0]?.title);
}

async function kill({ client, pid }: { client: Client; pid: number }): Promise<void> {
  const gone = new Promise<void>((onclose) => Object.assign(client, { onclose }));
  process.kill(pid, 'SIGKILL');
  await gone;
  say(`process ${pid} was killed with SIGKILL, without a chance to save anything`);
}

async function readBack(client: Client, ids: readonly string[]): Promise<void> {
  const { memories } = await call(client, Read, 'memory_read', { ids });
  assert.deepEqual(
    memories.map(({ content }) => content),
    MEMORIES.map(({ content }) => content),
  );
  say(`  a new process reads all ${memories.length} memories, to the byte`);
}

async function writeFromBoth(one: Client, two: Client): Promise<void> {
  const write = (client: Client, title: string) =>
    ask(client, Created, 'memory_create', { memories: [{ title, content: 'Written at the same time.' }] });
  const times = Array.from({ length: 20 }, (_, at) => at);
  await Promise.all(times.flatMap((at) => [write(one, `first, ${at}`), write(two, `second, ${at}`)]));
  say('memory_create: 20 times from each');
  for (const [name, client] of Object.entries({ first: one, second: two })) {
    const { total } = await ask(client, Total, 'memory_list', { limit: 1 });
    say(`  the ${name} server sees ${total} memories`);
    assert.equal(total, MEMORIES.length + 40);
  }
}

async function freeze(client: Client): Promise<void> {
  const { window } = await call(client, Frozen, 'window_freeze', { messages: CONVERSATION, name: 'review' });
  say(
    `  ${window.promptTokens} tokens, ${window.blockCount} blocks of the server's cache, by exact token ids`,
  );
}

async function thaw(client: Client): Promise<number> {
  const thawed = await call(client, Thawed, 'window_thaw', { name: 'review' });
  const { status, promptTokens, cachedTokens, cachedTokensSource, timeToFirstTokenMs } = thawed;
  say(
    `  ${status}: the server had ${cachedTokens} of ${promptTokens} tokens cached (said by: ${cachedTokensSource})`,
  );
  say(`  time to first token: ${milliseconds(timeToFirstTokenMs ?? Number.NaN)}`);
  assert.notEqual(status, 'text_only');
  return cachedTokens ?? assert.fail('the server does not say what it had cached');
}

async function run(tour: Tour): Promise<void> {
  const first = await tour.step('An agent starts Permafrost for the folder "shop"', () => tour.server());
  const ids = await tour.step('It remembers what it learned', () => writeMemories(first.client));
  await tour.step('It searches in its own words', () =>
    search(first.client, 'why are retries delayed at random'),
  );
  await tour.step('The server is killed', () => kill(first));
  const second = await tour.step('Another one starts', () => tour.server());
  await tour.step('Everything is still there', () => readBack(second.client, ids));
  const third = await tour.step('A second agent starts its own server for the same folder', () =>
    tour.server(),
  );
  await tour.step('Both write at once, and each sees all', () => writeFromBoth(second.client, third.client));
  await runWindows(tour);
}

async function runWindows(tour: Tour): Promise<void> {
  const settings = { msPerPromptToken: 0.5 };
  let standin = await startStandin(settings);
  const { port } = new URL(standin.url);
  try {
    const { client } = await tour.step(
      'A conversation runs on a vLLM server (here: a stand-in for one, without a model, that keeps a prefix cache as vLLM does)',
      () => tour.server('--vllm', standin.url),
    );
    await tour.step('The conversation is frozen as a window', () => freeze(client));
    await tour.step('The vLLM stand-in is restarted: its cache is empty', async () => {
      await standin.close();
      standin = await startStandin({ ...settings, port: Number(port) });
    });
    const cold = await tour.step('The window is thawed: its exact tokens warm the cache', () => thaw(client));
    const warm = await tour.step('Thawed once more, it comes from the cache', () => thaw(client));
    assert.ok(cold === 0 && warm > 0, `${cold} and ${warm} tokens were cached`);
  } finally {
    await standin.close();
  }
}

function say(line: string): void {
  console.log(`   ${line}`);
}

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

if (!existsSync(SERVER)) throw new Error(`${SERVER} is not there: run "npm run build" first.`);
console.log('Permafrost, through its bundled MCP server and the MCP SDK’s own client.');
const tour = new Tour();
try {
  await run(tour);
  console.log('\nAll as it should be.');
} catch (cause) {
  console.error(`\nThis is not as it should be: ${cause instanceof Error ? cause.stack : String(cause)}`);
  process.exitCode = 1;
} finally {
  await tour.close();
}
