import assert from 'node:assert/strict';
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

describe('the report of a window', () => {
  it('shows the conversation between fences that it does not hold itself', async () => {
    const windows = windowsOf(openStore(), nowhere);
    const report = windowReport(await windows.freeze({ messages }, { name: 'fox' }));
    assert.match(report, /### assistant\n\n````\nUnder the ice:\n```\nfox\n```\n````/);
    assert.match(report, /\*\*Last thawed\*\*: never/);
  });
});
