/** Tokens looked up in a prefix cache and found there, since the server started. */
interface CacheCounters {
  readonly queries: number;
  readonly hits: number;
}

/** Where prompt tokens came from, since the server started. */
export interface PromptTokensBySource {
  readonly localCompute: number;
  readonly localCacheHit: number;
  readonly externalKvTransfer: number;
}

/** Where a KV connector keeps blocks, as vLLM 0.32 and later tell them apart. */
export const CONNECTOR_TIERS = ['host', 'disk', 'p2p', 'external_unspecified'] as const;
export type ConnectorTier = (typeof CONNECTOR_TIERS)[number];

interface CacheConfig {
  /** Tokens in a block. */
  readonly blockSize: number | null;
  readonly enablePrefixCaching: boolean | null;
  readonly hashAlgo: string | null;
}

/** What `/metrics` says of one server, all engines together; what this server does not say is null. */
export interface ServerMetrics {
  readonly prefixCache: CacheCounters | null;
  readonly externalPrefixCache: CacheCounters | null;
  readonly promptTokensBySource: PromptTokensBySource | null;
  /** Prompt tokens that a KV connector brought, by where it had them. */
  readonly connectorTokens: Readonly<Record<ConnectorTier, number>> | null;
  /** Whether it shows counters of LMCache, so uses it. That it shows none says nothing. */
  readonly showsLmcache: boolean;
  readonly requestsRunning: number | null;
  readonly requestsWaiting: number | null;
  /** The part of the cache's blocks in use, 0 to 1, of the fullest engine. */
  readonly kvCacheUsage: number | null;
  readonly cacheConfig: CacheConfig | null;
}

/** Reads Prometheus text (exposition format 0.0.4). */
export function parseMetrics(text: string): ServerMetrics {
  const samples = readSamples(text);
  return {
    prefixCache: counters(samples, 'prefix_cache'),
    externalPrefixCache: counters(samples, 'external_prefix_cache'),
    promptTokensBySource: bySource(samples),
    connectorTokens: byTier(samples),
    showsLmcache: /^lmcache:/m.test(text),
    requestsRunning: total(samples, 'num_requests_running'),
    requestsWaiting: total(samples, 'num_requests_waiting'),
    kvCacheUsage: largest(samples, 'kv_cache_usage_perc'),
    cacheConfig: cacheConfig(samples),
  };
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Samples = ReadonlyMap<string, readonly Sample[]>;

const LINE = /^vllm:([a-zA-Z0-9_]+)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

function readSamples(text: string): Samples {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', held = '']) => [key, held]);
    const sample: Sample = { labels: Object.fromEntries(pairs), value: Number(value) };
    samples.set(name, [...(samples.get(name) ?? []), sample]);
  }
  return samples;
}

function counters(samples: Samples, cache: string): CacheCounters | null {
  const queries = total(samples, `${cache}_queries_total`);
  const hits = total(samples, `${cache}_hits_total`);
  return queries === null || hits === null ? null : { queries, hits };
}

function bySource(samples: Samples): PromptTokensBySource | null {
  const name = 'prompt_tokens_by_source_total';
  if (!samples.has(name)) return null;
  const from = (source: string) => total(samples, name, ({ labels }) => labels.source === source) ?? 0;
  return {
    localCompute: from('local_compute'),
    localCacheHit: from('local_cache_hit'),
    externalKvTransfer: from('external_kv_transfer'),
  };
}

function byTier(samples: Samples): ServerMetrics['connectorTokens'] {
  const name = 'prompt_tokens_cached_by_source_total';
  if (!samples.has(name)) return null;
  const from = (tier: ConnectorTier) => total(samples, name, ({ labels }) => labels.source === tier) ?? 0;
  return {
    host: from('host'),
    disk: from('disk'),
    p2p: from('p2p'),
    external_unspecified: from('external_unspecified'),
  };
}

function cacheConfig(samples: Samples): CacheConfig | null {
  const labels = samples.get('cache_config_info')?.[0]?.labels;
  if (labels === undefined) return null;
  return {
    blockSize: wholeNumber(labels.block_size),
    enablePrefixCaching: truth(labels.enable_prefix_caching),
    hashAlgo: labels.prefix_caching_hash_algo ?? null,
  };
}

function total(
  samples: Samples,
  name: string,
  counts: (sample: Sample) => boolean = () => true,
): number | null {
  const found = samples.get(name);
  if (found === undefined) return null;
  return found.filter(counts).reduce((sum, { value }) => sum + value, 0);
}

function largest(samples: Samples, name: string): number | null {
  const found = samples.get(name);
  return found === undefined ? null : Math.max(...found.map(({ value }) => value));
}

// Labels of cache_config_info are Python values as text: "32", "True", "None".

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function truth(text: string | undefined): boolean | null {
  if (text === 'True') return true;
  return text === 'False' ? false : null;
}
