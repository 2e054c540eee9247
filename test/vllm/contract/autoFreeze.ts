import assert from 'node:assert/strict';
import { maxCacheable } from '../../../src/core/vllm/blockHashes.ts';
import { outcomeText } from '../../../src/core/windows/autoFreeze/outcomeText.ts';
import { openStore } from '../../core/store/openStore.ts';
import { asks, conversation, says, to, windowsOf } from '../../core/windows/openWindows.ts';
import { MAX_MODEL_LEN, type Subject } from './subject.ts';
import { chat } from '../whole.ts';

/** What freezes by itself while its conversation goes on, as far as it is up to the server. */
export function autoFreezeCases(subject: () => Subject): void {
  it('says how full a conversation is, freezes it, and both branches are in the cache', async () => {
    const { client, model, server, blockSize } = subject();
    const windows = windowsOf(openStore(), to(server, server.apiKey));
    windows.autoFreeze.configure({ enabled: true, fillPercent: 1 });
    const messages = [...conversation(6), asks('And now?')];
    const { id, salt } = windows.sessions.start({ model, endpoint: client.endpoint });
    const request = { model, messages, maxTokens: 8, temperature: 0, cacheSalt: salt };
    const answer = await chat(client, request);
    const tokenIds = [...(answer.promptTokenIds ?? []), ...answer.tokenIds];
    const said = [...messages, says(answer.text)];
    windows.sessions.recordTurn(windows.sessions.get(id), { messages: said, tokenIds, ...answer.usage });

    const [outcome] = await windows.autoFreeze.run();
    assert.ok(outcome?.kind === 'frozen', outcome && outcomeText(outcome));
    assert.equal(outcome.decision.session.maxModelLen, MAX_MODEL_LEN);
    assert.equal(outcome.decision.fillPercent, (tokenIds.length / MAX_MODEL_LEN) * 100);
    const next = await chat(client, { ...request, messages: [...said, asks('Go on.')] });
    assert.ok((next.usage.cachedTokens ?? 0) > 0, 'the conversation goes on in the cache');
    const thawed = await windows.thaw({ windowId: outcome.window.id }, { replyTokens: 1 });
    assert.deepEqual(
      [thawed.status, thawed.cachedTokens],
      ['verified', maxCacheable(tokenIds.length, blockSize)],
    );
  });
}
