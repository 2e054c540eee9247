import type { Counters } from './engine.ts';
import type { Settings } from './settings.ts';

/** What /metrics says, in the names and labels of vLLM 0.32. */
export function metricsText(counters: Counters, cachedBlocks: number, settings: Settings): string {
  const labels = { engine: '0', model_name: settings.model };
  const plain = (name: string, value: number) => sample(name, labels, value);
  const tokens = (source: string, value: number) =>
    sample('prompt_tokens_by_source_total', { ...labels, source }, value);
  const cachedFrom = (source: string, value: number) =>
    sample('prompt_tokens_cached_by_source_total', { ...labels, source }, value);
  return [
    '# HELP vllm:num_requests_running Number of requests in model execution batches.',
    '# TYPE vllm:num_requests_running gauge',
    plain('num_requests_running', counters.running),
    plain('num_requests_waiting', 0),
    plain('kv_cache_usage_perc', counters.running === 0 ? 0 : cachedBlocks / settings.blocks),
    plain('prefix_cache_queries_total', counters.queries),
    plain('prefix_cache_hits_total', counters.hits),
    plain('external_prefix_cache_queries_total', counters.externalQueries),
    plain('external_prefix_cache_hits_total', counters.externalHits),
    tokens('local_compute', counters.computed),
    tokens('local_cache_hit', counters.hits),
    tokens('external_kv_transfer', counters.externalHits),
    cachedFrom('device', counters.hits),
    cachedFrom('disk', counters.externalHits),
    plain('generation_tokens_total', counters.generated),
    plain('request_success_total', counters.finished),
    sample('cache_config_info', { ...cacheConfig(settings), engine: '0' }, 1),
    settings.furtherMetrics,
    '',
  ].join('\n');
}

function cacheConfig(settings: Settings): Record<string, string> {
  return {
    block_size: String(settings.blockSize),
    enable_prefix_caching: settings.enablePrefixCaching ? 'True' : 'False',
    num_gpu_blocks: String(settings.blocks),
    prefix_caching_hash_algo: 'sha256_cbor',
  };
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([key, held]) => `${key}="${held}"`);
  return `vllm:${name}{${pairs.join(',')}} ${value.toFixed(1)}`;
}
