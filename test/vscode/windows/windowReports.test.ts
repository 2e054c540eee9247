import assert from 'node:assert/strict';
import type { ChatMessage } from '../../../src/core/vllm/requests.ts';
import { windowReport, thawReport } from '../../../src/vscode/windows/windowReports.ts';
import { standinFor, to, windowsOf, nowhere } from '../../core/windows/openWindows.ts';
import { openStore } from '../../core/store/openStore.ts';

const messages = [
  { role: 'user', content: 'Where is the fox? '.repeat(20) },
  { role: 'assistant', content: 'Under the ice:\n```\nfox\n```' },
];

describe('the report of a thaw', () => {
  it('says what the server reported and where the number of cached tokens comes from', async () => {
    const windows = windowsOf(openStore(), to(await standinFor()));
    const { id } = await windows.freeze({ messages }, { name: 'fox' });
    const report = thawReport(await windows.thaw({ windowId: id }, { replyTokens: 1 }));
    assert.match(report, /^# Thaw of “fox”/);
    assert.match(report, /\*\*Status\*\*: verified/);
    assert.match(report, /from the cache\*\*: [1-9]/);
    assert.match(report, /the usage figures in the server's own answer/);
  });

  it('says that only text was handed on where there is no server', async () => {
    const windows = windowsOf(openStore(), nowhere);
    const { id } = await windows.freeze({ messages }, { name: 'fox' });
    const report = thawReport(await windows.thaw({ windowId: id }, { replyTokens: 1 }));
    assert.match(report, /Text only/);
    assert.match(report, /from the cache\*\*: unknown/);
    assert.match(report, /nobody said/);
  });
});

describe('the page of a window', () => {
  async function pageOf(said: readonly ChatMessage[]) {
    const windows = windowsOf(openStore(), nowhere);
    const window = await windows.freeze({ messages: said }, { name: 'fox', description: 'Of snow' });
    return { windows, page: () => windowReport(windows.get({ name: 'fox' }), windows.lineage(window)) };
  }

  it('reads like a conversation, between fences that it does not hold itself', async () => {
    const page = (await pageOf(messages)).page();
    assert.match(page, /^# Window “fox”\n\nOf snow\n/);
    assert.match(page, /### 1\. User\n\n```\nWhere is the fox\? /);
    assert.match(page, /### 2\. Assistant\n\n````\nUnder the ice:\n```\nfox\n```\n````/);
    assert.match(page, /\*\*Last thawed\*\*: never/);
    assert.doesNotMatch(page, /## Lineage/);
  });

  it('shows the calls of tools and what they answered', async () => {
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
    const { page } = await pageOf([
      { role: 'user', content: 'Look' },
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'snow' },
    ]);
    assert.match(page(), /### 2\. Assistant[^]*Calls:[^]*"name": "look"[^]*### 3\. Answer of a tool[^]*snow/);
  });

  it('says where the window belongs', async () => {
    const { windows, page } = await pageOf(messages);
    windows.clone({ name: 'fox' }, { name: 'vixen' });
    const { sessionId } = await windows.thaw({ name: 'vixen' }, { replyTokens: 1 });
    await windows.freeze({ sessionId: sessionId ?? '' }, { name: 'cub' });
    assert.match(
      page(),
      /## Lineage\n\n- \*\*fox\*\*\n {2}- vixen, a clone\n {4}- cub, thawed and frozen again\n/,
    );
  });
});
