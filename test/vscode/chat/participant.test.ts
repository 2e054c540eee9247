import assert from 'node:assert/strict';
import { keepBusy, standinFor } from '../../core/windows/openWindows.ts';
import { until } from '../../editor/until.ts';
import { openEditor } from '../openEditor.ts';
import { ChatResponseTurn, configuration, registered } from '../stub/vscode.ts';

describe('@permafrost', () => {
  it('answers with another server when one fails, though it has said that what was said before is lost', async () => {
    const [failing, other] = [await standinFor(), await standinFor({ msPerToken: 5 })];
    const { say, ant } = await openEditor();
    configuration.set('permafrost.vllm.endpoints', [failing.url, other.url]);
    failing.faults.set({ kind: 'status', status: 500 }, { path: '/v1/chat/completions' });
    const endBusiness = await keepBusy(other);
    const metadata = { sessionId: 'lost', contextId: ant.context.identity.id };
    const answered = await say('Where?', [new ChatResponseTurn('permafrost.chat', { metadata })]);
    await endBusiness();
    assert.ok(failing.received.some(({ path }) => path === '/v1/chat/completions'));
    assert.equal(answered.failure, undefined);
    assert.equal(answered.said.split('begins a new conversation').length, 2); // It is said once.
  });

  it('has the status bar say how full its conversation is, from the first answer on', async () => {
    const standin = await standinFor();
    const { say } = await openEditor();
    configuration.set('permafrost.vllm.endpoint', standin.url);
    const shown = async (title: string) =>
      registered.statusBar.get('permafrost.fill')?.tooltip?.includes(`“${title}”`) === true || undefined;
    const { turn } = await say('What is spring?');
    await say('And when?', [turn]);
    await until('the first conversation is shown', () => shown('What is spring?'));
    await say('What is autumn?');
    await until('the second conversation is shown', () => shown('What is autumn?'));
  });
});
