import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { keepBusy, standinFor } from '../../core/windows/openWindows.ts';
import { until } from '../../editor/until.ts';
import { openEditor } from '../openEditor.ts';
import { ChatResponseTurn, configuration, registered, Uri } from '../stub/vscode.ts';

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

  it('answers what can be read of what is attached, and says by name what is left out', async () => {
    const standin = await standinFor({ maxModelLen: 40_000 });
    const { say, ant } = await openEditor();
    configuration.set('permafrost.vllm.endpoint', standin.url);
    const file = (name: string) => Uri.joinPath(ant.uri, name);
    writeFileSync(file('fox.txt').fsPath, 'The fox sleeps.');
    writeFileSync(file('fox.png').fsPath, 'PNG\0');
    writeFileSync(file('long.txt').fsPath, `${'x'.repeat(19_988)}🦊🦊`);
    mkdirSync(file('den').fsPath);
    const names = ['fox.txt', 'fox.png', 'long.txt', 'den', 'gone.txt'];
    const attached = [
      ...names.map((name) => ({ id: name, value: file(name) })),
      { id: 'p1', name: 'Pasted Image', value: { mimeType: 'image/png' } },
      { id: 's1', value: 'Said before.' },
    ];
    const { said, failure } = await say('Where?', [], attached);
    assert.equal(failure, undefined);
    assert.match(said, /^Left out, .*: “fox\.png”, “den”, “gone\.txt”, “Pasted Image”\.\n\n/);
    const { sessions } = ant.context.windows;
    const [session] = sessions.list({ limit: 1 }).sessions;
    const question = sessions.get(session?.id ?? '').messages[1]?.content;
    assert.ok(typeof question === 'string');
    assert.match(question, /fox\.txt:\n\nThe fox sleeps\./);
    assert.match(question, /xxx\n\nSaid before\.$/);
  });
});
