import assert from 'node:assert/strict';
import { parseMetrics } from '../../../src/core/vllm/serverMetrics.ts';

const TEXT = `
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="a,b=\\"c\\"}"} 2.0
vllm:num_requests_running{engine="1",model_name="a"} 3.0
vllm:num_requests_waiting{engine="0",model_name="a"} 0.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 7.0
vllm:kv_cache_usage_perc{engine="0"} 0.25
vllm:kv_cache_usage_perc{engine="1"} 0.75
vllm:prefix_cache_queries_total{engine="0"} 1.0e+06
vllm:prefix_cache_queries_created{engine="0"} 1.7951918679862044e+09
vllm:prefix_cache_hits_total{engine="0"} 1024
vllm:prompt_tokens_by_source_total{engine="0",source="local_compute"} 10.0
vllm:prompt_tokens_by_source_total{engine="1",source="local_compute"} 5.0
vllm:prompt_tokens_by_source_total{engine="0",source="local_cache_hit"} 96.0
vllm:prompt_tokens_cached_by_source_total{engine="0",source="device"} 96.0
vllm:prompt_tokens_cached_by_source_total{engine="0",source="disk"} 32.0
vllm:prompt_tokens_cached_by_source_total{engine="1",source="disk"} 16.0
vllm:cache_config_info{block_size="16",enable_prefix_caching="True",num_gpu_blocks="None",prefix_caching_hash_algo="sha256"} 1.0
`;

describe('the metrics of a server', () => {
  const metrics = parseMetrics(TEXT);

  it('are added up over its engines', () => {
    assert.equal(metrics.requestsRunning, 5);
    assert.equal(metrics.requestsWaiting, 0);
    assert.deepEqual(metrics.prefixCache, { queries: 1_000_000, hits: 1_024 });
    assert.deepEqual(metrics.promptTokensBySource, {
      localCompute: 15,
      localCacheHit: 96,
      externalKvTransfer: 0,
    });
  });

  it('tell where a KV connector had what it brought, the own cache left out', () => {
    assert.deepEqual(metrics.connectorTokens, { host: 0, disk: 48, p2p: 0, external_unspecified: 0 });
  });

  it('tell that LMCache is used when they show its counters', () => {
    assert.equal(metrics.showsLmcache, false);
    assert.equal(parseMetrics(`${TEXT}lmcache:num_hit_tokens_total 12\n`).showsLmcache, true);
  });

  it('tell the fullest cache', () => assert.equal(metrics.kvCacheUsage, 0.75));

  it("tell the cache's settings, and null where they are None", () => {
    assert.deepEqual(metrics.cacheConfig, {
      blockSize: 16,
      enablePrefixCaching: true,
      hashAlgo: 'sha256',
    });
    const { cacheConfig } = parseMetrics(TEXT.replace('block_size="16"', 'block_size="None"'));
    assert.equal(cacheConfig?.blockSize, null);
  });

  it('are null where the server does not tell them', () => {
    assert.equal(metrics.externalPrefixCache, null);
    const { showsLmcache, ...none } = parseMetrics('python_info{version="3.11"} 1.0\n');
    assert.ok(Object.values(none).every((value) => value === null));
    assert.equal(showsLmcache, false);
  });
});
