import { setTimeout as delay } from 'node:timers/promises';
import { PermafrostError } from '../errors.ts';
import type { VllmClient } from '../vllm/client.ts';
import type { Generation } from '../vllm/generation.ts';
import type { ServerMetrics } from '../vllm/serverMetrics.ts';
import type { CallClock } from './patience.ts';
import { PROBE_TOKENS, probeOf } from './probe.ts';
import { watched } from './watch.ts';
import type { Probe } from './window.ts';

/** The exact prefix that a server's cache is to hold. */
export interface Prefix {
  readonly model: string;
  readonly tokenIds: readonly number[];
  readonly salt: string;
}

/**
 * Who says how many tokens were cached: `server`, in the usage of its answer; `metrics`, by how its counters grew
 * while it did nothing else; `none`, nobody.
 */
export const CACHED_TOKENS_SOURCES = ['server', 'metrics', 'none'] as const;
export type CachedTokensSource = (typeof CACHED_TOKENS_SOURCES)[number];

interface CacheReport {
  readonly cachedTokens: number | null;
  readonly source: CachedTokensSource;
  /** What stands in the way of a better report. */
  readonly reasons: readonly string[];
}

export interface Warmth {
  readonly report: CacheReport;
  readonly probe: Probe | null;
  readonly fingerprint: string | null;
  readonly promptTokens: number;
  readonly timeToFirstTokenMs: number;
}

/**
 * Has the server compute a prefix and one token more: its cache then holds the whole blocks of it.
 * @param before what the server's counters said just before
 */
export async function warm(
  client: VllmClient,
  prefix: Prefix,
  before: ServerMetrics | null,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Warmth> {
  const generation = await generateOne(client, prefix, clock, signal);
  return {
    report: await reportOf(client, generation, before, clock, signal),
    probe: probeOf(generation),
    fingerprint: generation.systemFingerprint,
    promptTokens: generation.usage.promptTokens,
    timeToFirstTokenMs: generation.timeToFirstTokenMs,
  };
}

async function generateOne(
  client: VllmClient,
  prefix: Prefix,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Generation> {
  try {
    return await generate(client, prefix, { logprobs: PROBE_TOKENS }, clock, signal);
  } catch (thrown) {
    // --max-logprobs may be lower than what a probe asks for.
    const refused =
      thrown instanceof PermafrostError && thrown.code === 'PF-5005' && /logprobs/i.test(thrown.message);
    if (!refused) throw thrown;
    return generate(client, prefix, {}, clock, signal);
  }
}

function generate(
  client: VllmClient,
  { model, tokenIds, salt }: Prefix,
  options: { logprobs?: number },
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Generation> {
  const request = { model, prompt: tokenIds, cacheSalt: salt, maxTokens: 1, temperature: 0, ...options };
  const start = (either: AbortSignal) => client.completeStreaming(request, either);
  return watched(client, { promptTokens: tokenIds.length, start }, clock, signal);
}

const FLAG = 'Start it with --enable-prompt-tokens-details to be told.';

async function reportOf(
  client: VllmClient,
  { usage }: Generation,
  before: ServerMetrics | null,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<CacheReport> {
  if (usage.cachedTokens !== null) return { cachedTokens: usage.cachedTokens, source: 'server', reasons: [] };
  const grown = await growth(client, usage.promptTokens, before, clock, signal);
  if (typeof grown === 'string') {
    return {
      cachedTokens: null,
      source: 'none',
      reasons: [`The server does not say how many tokens it had cached, and ${grown}. ${FLAG}`],
    };
  }
  const reason = `The server does not say how many tokens it had cached; this is by how its counters grew. ${FLAG}`;
  return { cachedTokens: grown, source: 'metrics', reasons: [reason] };
}

const LOOKS = 5;
const BETWEEN_LOOKS_MS = 100;

/** By how much the counters of cache hits grew, or why that says nothing. */
async function growth(
  client: VllmClient,
  promptTokens: number,
  before: ServerMetrics | null,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<number | string> {
  if (!before?.prefixCache) return 'it shows no counters either';
  const { queries } = before.prefixCache;
  if (before.requestsRunning !== 0 || before.requestsWaiting !== 0) return BUSY;
  return clock.questions(
    'Reading /metrics',
    async (either) => {
      for (let look = 0; look < LOOKS; look++) {
        const after = await metricsIfAny(client, either);
        if (after === undefined) return 'its counters could not be read';
        const asked = (after.prefixCache?.queries ?? 0) - queries;
        if (asked !== 0) return asked === promptTokens ? hits(after) - hits(before) : BUSY;
        await delay(BETWEEN_LOOKS_MS, undefined, { signal: either }); // it counts a moment after it answered
      }
      return 'its counters did not move';
    },
    signal,
  );
}

/** What was warmed is warm, whatever becomes of the counters. */
async function metricsIfAny(client: VllmClient, signal: AbortSignal): Promise<ServerMetrics | undefined> {
  try {
    return await client.metrics(signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof PermafrostError) return undefined;
    throw cause;
  }
}

const BUSY = 'its counters cannot tell, since it served other requests at the time';

function hits({ prefixCache, externalPrefixCache }: ServerMetrics): number {
  return (prefixCache?.hits ?? 0) + (externalPrefixCache?.hits ?? 0);
}
