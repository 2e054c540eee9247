import assert from 'node:assert/strict';
import type { Fetch } from '../../../src/core/vllm/http.ts';
import { conversation, endpointsAt, openWindows, windowsOf } from './openWindows.ts';

const messages = conversation(6);
const options = { replyTokens: 20 };

describe('the growth of the counters of a server', () => {
  it('says nothing when the server does not tell whether it is busy, which is not the same as being busy', async () => {
    for (const hidden of ['running', 'waiting']) {
      const { windows, store, standin } = await openWindows({ promptTokensDetails: false });
      const { id } = await windows.freeze({ messages });
      const withoutOne: Fetch = async (url, init) => {
        const answer = await fetch(url, init);
        if (!url.endsWith('/metrics')) return answer;
        const told = (await answer.text())
          .split('\n')
          .filter((line) => !line.includes(`num_requests_${hidden}`));
        return new Response(told.join('\n'));
      };
      const filtered = endpointsAt([standin.url], { fetch: withoutOne });
      const thawed = await windowsOf(store, () => Promise.resolve(filtered)).thaw({ windowId: id }, options);
      assert.deepEqual([thawed.cachedTokens, thawed.cachedTokensSource], [null, 'none'], hidden);
      assert.match(thawed.reasons.join(), /it does not say whether it served other requests at the time/);
    }
  });
});
