// node askBoth.ts ROUNDS KIND SUBJECT RIVAL TOKEN
//
// Prints the milliseconds that chats take at either address: to the end of a whole answer, or to the first token of
// a streamed one.

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import * as z from 'zod';
import { argumentsGiven } from '../argumentsGiven.ts';
import { contest, type Side } from '../contest.ts';

const Arguments = z.tuple([z.int(), z.enum(['whole', 'streamed']), z.url(), z.url(), z.string()]);
type Kind = z.infer<typeof Arguments>[1];

const SYSTEM = 'You answer in one short sentence, in the words of somebody who has seen much snow. '.repeat(
  5,
);

const agent = new Agent({ keepAlive: true });

function asking(url: string, kind: Kind, token: string): Side {
  const stream = kind === 'streamed';
  return async (turn) => {
    const question = { role: 'user', content: `Question ${turn}: what is ice?` };
    const messages = [{ role: 'system', content: SYSTEM }, question];
    const body = JSON.stringify({ model: 'standin-llama', messages, max_tokens: 16, stream });
    const begun = performance.now();
    const answer = await send(`${url}/v1/chat/completions`, body, token);
    const taken = await read(answer, stream, begun);
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
    return taken;
  };
}

function send(url: string, body: string, token: string): Promise<IncomingMessage> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    httpRequest(url, { method: 'POST', agent, headers }, resolve).on('error', reject).end(body);
  });
}

/** Reads all of it. @returns the milliseconds to the first token, or to the end. */
async function read(answer: IncomingMessage, toFirstToken: boolean, begun: number): Promise<number> {
  let first: number | undefined;
  for await (const _ of answer) first ??= performance.now() - begun;
  const whole = performance.now() - begun;
  return toFirstToken ? (first ?? whole) : whole;
}

const [rounds, kind, subject, rival, token] = Arguments.parse(argumentsGiven());
const sides = [asking(subject, kind, token), asking(rival, kind, token)] as const;
console.log(JSON.stringify(await contest({ rounds, turns: 20, warmUp: 5 }, ...sides)));
agent.destroy();
