import { VllmClient } from '../../../src/core/vllm/client.ts';
import type { Generation } from '../../../src/core/vllm/generation.ts';
import type { ChatMessage } from '../../../src/core/vllm/requests.ts';
import { chat, complete } from '../whole.ts';

/** A server that the contract is held against. */
export interface Server {
  readonly url: string;
  readonly model: string;
  readonly apiKey: string;
  /** Its PYTHONHASHSEED; undefined when it has none. */
  readonly hashSeed?: string;
  /** The hashes of all blocks that it says it has stored, oldest first; undefined from one that does not say that. */
  storedBlocks?(): Promise<string[]>;
  /** Has it hang, with its connections open. */
  pause(): void;
  resume(): void;
  /** Ends it without a chance to do anything before. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** How a server is to differ from the usual one. */
export interface ServerSetup {
  readonly port?: number;
  /** The name of the model. */
  readonly servedAs?: string;
  /** Other weights, from another place. */
  readonly isOtherModel?: boolean;
  /** What the chat template says before the conversation. */
  readonly preamble?: string;
  /** How many tokens its cache has room for. */
  readonly cacheTokens?: number;
  /** Whether its blocks outlive it, for all servers that are started so. */
  readonly keepsBlocks?: boolean;
}

export type Start = (setup?: ServerSetup) => Promise<Server>;

export const MAX_MODEL_LEN = 16_384;
export const OUTPUT_TOKENS = 3;

export const system: ChatMessage = {
  role: 'system',
  content: 'The fox keeps the context window under the ice until somebody asks for it again. '.repeat(4),
};
export const question: ChatMessage = { role: 'user', content: 'Où est le renard ? ❄️' };
export const messages = [system, question];

/** A server under test, and the short ways in which the cases ask it. */
export class Subject {
  readonly server: Server;
  readonly client: VllmClient;
  readonly model: string;
  /** Tokens in a block of its cache. */
  readonly blockSize: number;

  /** Asks for the block size, and for one token, since a real server takes seconds for the first of all. */
  static async meet(server: Server): Promise<Subject> {
    const client = Subject.clientOf(server, server.apiKey);
    const { cacheConfig } = await client.metrics();
    await complete(client, { model: server.model, prompt: [1, 2, 3], maxTokens: 1 });
    return new Subject(server, client, cacheConfig?.blockSize ?? 0);
  }

  static clientOf({ url }: Server, apiKey: string | undefined): VllmClient {
    return new VllmClient({ endpoint: url, apiKey: () => Promise.resolve(apiKey) });
  }

  private constructor(server: Server, client: VllmClient, blockSize: number) {
    this.server = server;
    this.client = client;
    this.model = server.model;
    this.blockSize = blockSize;
  }

  chat(salt: string | undefined, asked: readonly ChatMessage[] = messages): Promise<Generation> {
    const { model } = this;
    return chat(this.client, {
      model,
      messages: asked,
      maxTokens: OUTPUT_TOKENS,
      temperature: 0,
      ...(salt === undefined ? {} : { cacheSalt: salt }),
    });
  }

  complete(prompt: readonly number[], salt?: string, logprobs?: number): Promise<Generation> {
    const { model } = this;
    return complete(this.client, {
      model,
      prompt,
      maxTokens: OUTPUT_TOKENS,
      temperature: 0,
      ...(salt === undefined ? {} : { cacheSalt: salt }),
      ...(logprobs === undefined ? {} : { logprobs }),
    });
  }

  /** The answer to a request that the client would not make. */
  async raw(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.server.url + path, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.server.apiKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }
}

let prompts = 0;

/** Token ids that no other case of this run has sent. */
export function freshPrompt(length: number): number[] {
  const number = 10 + (prompts++ % 240);
  return Array.from({ length }, (_, i) => (i === 0 ? number : 10 + ((number + i * 7) % 240)));
}
