import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent, fetch as undiciFetch } from 'undici';
import { VllmClient } from '../../src/core/vllm/client.ts';
import { Connections } from '../../src/core/vllm/endpoints/connections.ts';
import type { Fetch } from '../../src/core/vllm/http.ts';
import type { Bench, Setting } from '../bench.ts';
import { contest, type Side } from '../contest.ts';
import { resultBeside, resultOf, type Goal, type Result } from '../result.ts';
import { StandinProcess } from './standinProcess.ts';
import { complete } from '../../test/vllm/whole.ts';

const QUESTION = 'vllm question, pooled';
const TOKEN = 'vllm one token, pooled';
const BESIDE_FETCH = 'vllm question, pooled or fetch';
const REUSED = 'vllm connections reused';

/** As the `fetch` of the editor does, which brings in certificates and proxies. */
const connectionEach: Fetch = (url, init) => undiciFetch(url, { ...init, dispatcher: new Agent() });

/** What a request to a vLLM server takes over kept connections, and how often there was one to take. */
export const poolBench: Bench = {
  measures: [QUESTION, TOKEN, BESIDE_FETCH, REUSED],
  async run(setting) {
    setting.say('requests to a stand-in for vLLM, over kept connections and over new ones');
    const standin = await StandinProcess.start();
    const connections = new Connections(standin.url);
    try {
      return (await measureAll(setting, standin.url, connections.fetch)).filter(({ name }) =>
        setting.wanted(name),
      );
    } finally {
      await connections.close();
      await standin.close();
    }
  },
};

async function measureAll({ quick }: Setting, url: string, pooled: Fetch): Promise<Result[]> {
  const rounds = { rounds: quick ? 4 : 20, turns: 25, warmUp: 2 };
  const ways = { ours: asking(url, pooled), each: asking(url, connectionEach), node: asking(url, fetch) };
  const question = await contest(rounds, ways.ours.question, ways.each.question);
  const token = await contest(rounds, ways.ours.token, ways.each.token);
  const besideFetch = await contest(rounds, ways.ours.question, ways.node.question);
  const measure = (name: string, goals: readonly Goal[]) =>
    ({ name, n: rounds.rounds * rounds.turns, unit: 'ms', goals }) as const;
  return [
    resultBeside(measure(QUESTION, [{ of: 'p50 ratio', atMost: 1 }]), 'a connection each', question),
    resultBeside(measure(TOKEN, [{ of: 'p50 ratio', atMost: 1 }]), 'a connection each', token),
    resultBeside(measure(BESIDE_FETCH, []), "Node's own fetch", besideFetch),
    await reuse(ways.ours, rounds.rounds * rounds.turns),
  ];
}

/** Both kinds of request, one after the other. */
async function reuse({ question, token }: ReturnType<typeof asking>, turns: number): Promise<Result> {
  let opened = 0;
  const count = () => opened++;
  subscribe(CONNECTED, count);
  try {
    for (let turn = 0; turn < turns; turn++) await (turn % 2 === 0 ? question : token)(turn);
  } finally {
    unsubscribe(CONNECTED, count);
  }
  const goals: Goal[] = [{ of: 'p50', atLeast: 95 }];
  return resultOf({ name: REUSED, n: turns, unit: '%', goals }, [100 * (1 - opened / turns)]);
}

/** Where undici, Node's own too, tells of each connection that it opened. */
const CONNECTED = 'undici:client:connected';

function asking(endpoint: string, way: Fetch) {
  const client = new VllmClient({ endpoint, fetch: way });
  const request = { model: 'standin-llama', prompt: [1, 2, 3], maxTokens: 1 };
  return {
    question: timing(() => client.version()),
    token: timing(() => complete(client, request)),
  };
}

function timing(work: () => Promise<unknown>): Side {
  return async () => {
    const begun = performance.now();
    await work();
    return performance.now() - begun;
  };
}
