// node timeWindows.ts SERVER TOKENS ROUNDS DIRECTORY
//
// Freezes and thaws conversations of so many tokens on a server, and prints how long that took: in all, until the server
// had answered, and the rest, which is our own.

import * as z from 'zod';
import { idFactory } from '../../src/core/ids.ts';
import { Endpoint } from '../../src/core/vllm/endpoints/endpoint.ts';
import { Endpoints } from '../../src/core/vllm/endpoints/endpoints.ts';
import type { ChatMessage } from '../../src/core/vllm/requests.ts';
import { newSalt } from '../../src/core/vllm/salt.ts';
import { Windows } from '../../src/core/windows/windows.ts';
import { conversationOf } from '../../test/vllm/conversations.ts';
import { argumentsGiven } from '../argumentsGiven.ts';
import { openBenchStore } from '../memory/permafrostMemories.ts';
import { ServerTime } from './serverTime.ts';
import { MeasuredServer, type Times, type WindowTimes } from './windowTimes.ts';
import { complete } from '../../test/vllm/whole.ts';

const [server, tokens, rounds, directory] = z
  .tuple([MeasuredServer, z.int(), z.int(), z.string()])
  .parse(argumentsGiven());

const WARM_UP = 2;
/** What a session's turn has when nobody asks anything in it. */
const TURN_TOKENS = 160;

const serverTime = new ServerTime();
const apiKey = () => Promise.resolve(server.apiKey);
const only = new Endpoint({ endpoint: server.url, apiKey, fetch: serverTime.fetch });
const { client } = only;
const endpoints = new Endpoints([only]);
const { store, close } = await openBenchStore(directory);
const windows = new Windows({
  store,
  now: Date.now,
  newId: idFactory(),
  connect: () => Promise.resolve(endpoints),
});

const messages = conversationOf(Math.max(1, Math.floor(tokens / TURN_TOKENS)), tokens);
const { tokens: tokenIds } = await client.tokenize({
  model: server.model,
  messages,
  addGenerationPrompt: false,
});
if (tokenIds.length !== tokens) throw new Error(`${tokenIds.length} tokens instead of ${tokens}`);

// What probabilities need is compiled when they are first asked for, for longer than a freeze has patience.
await complete(client, { model: server.model, prompt: [0], maxTokens: 1, logprobs: 1 });

const none = (): Times => ({ own: [], server: [], all: [] });
const times: WindowTimes = { 'freeze session': none(), 'freeze messages': none(), thaw: none() };
for (let round = -WARM_UP; round < rounds; round++) {
  const counts = round >= 0;
  const sessionId = await hadSession(messages);
  const window = await timed(counts ? times['freeze session'] : undefined, () =>
    windows.freeze({ sessionId }),
  );
  const thawed = await timed(counts ? times.thaw : undefined, () =>
    windows.thaw({ windowId: window.id }, { replyTokens: 1 }),
  );
  if (thawed.status !== 'verified') throw new Error(`thawed ${thawed.status}: ${thawed.reasons.join(' ')}`);
  await timed(counts ? times['freeze messages'] : undefined, () => windows.freeze({ messages }));
}
console.log(JSON.stringify(times));
await close();

/** A session whose last turn was had on the server, so that its blocks are cached there. */
async function hadSession(said: readonly ChatMessage[]): Promise<string> {
  const { model, url: endpoint } = server;
  const salt = newSalt();
  await complete(client, { model, prompt: tokenIds, maxTokens: 1, cacheSalt: salt });
  return windows.sessions.start({ model, endpoint, salt }, { messages: said, tokenIds }).id;
}

async function timed<T>(into: Times | undefined, work: () => Promise<T>): Promise<T> {
  const [begun, before] = [performance.now(), serverTime.total];
  const outcome = await work();
  const all = performance.now() - begun;
  const waited = serverTime.total - before;
  into?.all.push(all);
  into?.server.push(waited);
  into?.own.push(all - waited);
  return outcome;
}
