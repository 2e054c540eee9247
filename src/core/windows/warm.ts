import { hasCode } from '../errors.ts';
import type { VllmClient } from '../vllm/client.ts';
import type { Generation } from '../vllm/generation.ts';
import type { ConnectorTier, PromptTokensBySource, ServerMetrics } from '../vllm/serverMetrics.ts';
import { growthSince, type Growth } from './growth.ts';
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
  /** Where all of the prompt came from; null when the server does not tell, or served others at the time. */
  readonly bySource: PromptTokensBySource | null;
  readonly tiers: readonly ConnectorTier[];
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
  const { promptTokens } = generation.usage;
  const growth = await growthSince(before, client, promptTokens, clock, signal);
  return {
    report: reportOf(generation, growth),
    probe: probeOf(generation),
    fingerprint: generation.systemFingerprint,
    promptTokens,
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
    const refused = hasCode(thrown, 'PF-5005') && /logprobs/i.test(thrown.message);
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

/** What the server says itself counts; its counters stand in for that, and tell where the tokens came from. */
function reportOf({ usage }: Generation, growth: Growth | string): CacheReport {
  const { bySource = null, tiers = [] } = typeof growth === 'string' ? {} : growth;
  if (usage.cachedTokens !== null)
    return { cachedTokens: usage.cachedTokens, source: 'server', bySource, tiers, reasons: [] };
  const silent = 'The server does not say how many tokens it had cached';
  if (typeof growth === 'string' || growth.cachedTokens === null) {
    const why = typeof growth === 'string' ? growth : 'it does not count them either';
    return {
      cachedTokens: null,
      source: 'none',
      bySource,
      tiers,
      reasons: [`${silent}, and ${why}. ${FLAG}`],
    };
  }
  const reasons = [`${silent}; this is by how its counters grew. ${FLAG}`];
  return { cachedTokens: growth.cachedTokens, source: 'metrics', bySource, tiers, reasons };
}
