import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import * as z from 'zod';
import { startStandin, type Standin } from '../../vllm/standin/server.ts';
import type { StandinOptions } from '../../vllm/standin/settings.ts';
import { call, Workplace, type RawServer } from '../workplace.ts';
import { startScripted, type ScriptedServer } from './scriptedServer.ts';
import { GENERATIONS } from './vllmAnswers.ts';

const TOKEN = 'a-token-of-this-test';
export const KEY = 'the-key-of-the-server';
export const CHAT = '/v1/chat/completions';

export interface Message {
  readonly role: string;
  readonly content: string;
}
export const asks = (content: string): Message => ({ role: 'user', content });

const Sessions = z.object({
  sessions: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      messageCount: z.int(),
      tokenCount: z.int().nullable(),
    }),
  ),
});
const Said = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
  usage: z.object({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    prompt_tokens_details: z.object({ cached_tokens: z.int() }),
  }),
});
/** Proxies of one context, and servers for them; all gone after the test. */
export class Proxies {
  readonly place = new Workplace();
  /** Options that name the context. */
  readonly context = ['--context', `${this.place.root}/context`];
  readonly #closing: (() => Promise<void>)[] = [];

  async standin(options: StandinOptions = {}): Promise<Standin> {
    const started = await startStandin(options);
    this.#closing.push(() => started.close());
    return started;
  }

  async scripted(): Promise<ScriptedServer> {
    const started = await startScripted(GENERATIONS['text']);
    this.#closing.push(() => started.close());
    return started;
  }

  async proxyTo(url: string): Promise<{ server: RawServer; url: string }> {
    const args = ['proxy', '--port', '0', '--token', TOKEN, '--vllm', url, ...this.context];
    const server = this.place.start(args, { PERMAFROST_VLLM_API_KEY: KEY });
    return { server, url: await listening(server) };
  }

  async sessions(client: Client): Promise<z.infer<typeof Sessions>['sessions']> {
    return Sessions.parse((await call(client, 'session_list')).structuredContent).sessions;
  }

  async close(): Promise<void> {
    await this.place.close();
    await Promise.all(this.#closing.map((close) => close()));
  }
}

export const bearer = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };

/** One turn of a client, whichever way it wants its answer. */
export async function talk(
  url: string,
  messages: readonly Message[],
  stream: boolean,
): Promise<z.infer<typeof Said>> {
  const more = stream ? { stream, stream_options: { include_usage: true } } : {};
  const body = JSON.stringify({ model: 'standin-llama', max_tokens: 24, temperature: 0, messages, ...more });
  const answer = await fetch(url + CHAT, { method: 'POST', body, headers: bearer });
  if (!stream) return Said.parse(await answer.json());
  const chunks = (await answer.text())
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice('data: '.length)));
  const content = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
  return Said.parse({ choices: [{ message: { content } }], usage: chunks.at(-1).usage });
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Sends by hand, and tells all that came back but the moment and what is about the connection. */
export function send(url: string, path: string, { method = 'POST', headers = {}, body }: Sent) {
  return new Promise<{
    status: number;
    reason: string;
    headers: Record<string, unknown>;
    raw: string[];
    body: Buffer;
  }>((resolve, reject) => {
    const request = httpRequest(url, { path, method, headers: { ...bearer, ...headers } }, (response) => {
      const { statusCode: status = 0, statusMessage: reason = '' } = response;
      const { date: _, connection: __, 'keep-alive': ___, ...rest } = response.headers;
      const { 'transfer-encoding': ____, 'content-length': _____, ...kept } = rest;
      const raw = response.rawHeaders.filter((name, at) => at % 2 === 0 && /^(x-|set-)/i.test(name));
      buffer(response).then((bytes) => resolve({ status, reason, headers: kept, raw, body: bytes }), reject);
    });
    request.on('error', reject).end(body);
  });
}

/** The address that the proxy says it listens on. */
function listening({ child }: RawServer): Promise<string> {
  let stderr = '';
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const [, address] = /listening on (http:\/\/127\.0\.0\.1:\d+)\/v1, /.exec(stderr) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once('exit', () => reject(new Error(`the proxy ended: ${stderr}`)));
  });
}

export function errorsOf({ child }: RawServer): () => string {
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return () => stderr;
}

export async function stop({ child }: RawServer): Promise<void> {
  child.kill('SIGTERM');
  const [code]: unknown[] = await once(child, 'exit');
  assert.equal(code, 0);
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
