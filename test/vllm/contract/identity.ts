import assert from 'node:assert/strict';
import { MAX_MODEL_LEN, type Subject } from './subject.ts';

export function identityCases(subject: () => Subject): void {
  describe('says what it is:', () => {
    it('it is healthy', () => subject().client.health());

    it('it has a version of numbers', async () => {
      assert.match(await subject().client.version(), /^\d+\.\d+/);
    });

    it('it lists its model with the longest context', async () => {
      const [model, ...others] = await subject().client.models();
      assert.equal(others.length, 0);
      assert.equal(model?.id, subject().model);
      assert.equal(model?.maxModelLen, MAX_MODEL_LEN);
      assert.equal(typeof model?.root, 'string');
    });

    it('it tells block size, hash algorithm and load in its metrics', async () => {
      const metrics = await subject().client.metrics();
      assert.ok(subject().blockSize >= 16);
      assert.equal(metrics.cacheConfig?.enablePrefixCaching, true);
      assert.equal(metrics.cacheConfig?.hashAlgo, 'sha256_cbor');
      assert.equal(metrics.requestsRunning, 0);
      assert.equal(metrics.requestsWaiting, 0);
      assert.equal(metrics.kvCacheUsage, 0);
      assert.deepEqual(metrics.externalPrefixCache, { queries: 0, hits: 0 });
    });
  });
}
