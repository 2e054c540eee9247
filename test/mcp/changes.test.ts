import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { watchContext } from '../../src/mcp/changes.ts';
import { openTools } from '../tools/openTools.ts';

describe('waiting for changes', () => {
  it('is no use of a context that would keep it in memory', async () => {
    const { environment } = openTools();
    const { store } = await environment.context(undefined, 'read');
    const { uses } = store;
    let looks = 0;
    const look = store.look.bind(store);
    Object.assign(store, { look: () => ((looks += 1), look()) });
    const end = watchContext(environment, {
      changed: assert.fail,
      failed: (cause) => assert.fail(String(cause)),
    });
    await turn();
    end();
    assert.deepEqual([looks, store.uses], [1, uses]);
  });
});
