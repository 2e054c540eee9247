import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { PermafrostError } from '../../../src/core/errors.ts';
import { VllmClient } from '../../../src/core/vllm/client.ts';

describe('a key that cannot stand in a header', () => {
  for (const key of ['sk-secret\n1234', 'sk-secret 1234', 'sk-secret\u0001', 'sk-secret…']) {
    it(`is refused without being shown: ${JSON.stringify(key)}`, async () => {
      const client = new VllmClient({ endpoint: 'http://127.0.0.1:9', apiKey: () => Promise.resolve(key) });
      await assert.rejects(client.models(), (error: unknown) => {
        assert.ok(error instanceof PermafrostError);
        assert.equal(error.code, 'PF-8006');
        assert.ok(!inspect(error, { depth: 9 }).includes('sk-secret'));
        return true;
      });
    });
  }
});
