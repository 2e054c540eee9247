import assert from 'node:assert/strict';
import { conversation, standinFor, to } from '../../core/windows/openWindows.ts';
import { openEditor } from '../openEditor.ts';
import { configuration, person, registered } from '../stub/vscode.ts';
import { windowTree } from '../../../src/vscode/windows/windowTree.ts';
import { until } from '../../editor/until.ts';

/** An editor in which `ant` is active, and a window of `bee`, whose server only the settings of `bee` name. */
async function withWindowOfBee() {
  const standin = await standinFor();
  const editor = await openEditor({ connect: to(standin) });
  const { ant, bee } = editor;
  configuration.set(`${bee.uri.toString()} permafrost.vllm.endpoint`, standin.url);
  const frozen = { messages: conversation(2), model: standin.model };
  const { id } = await bee.context.windows.freeze(frozen, { name: 'Fox' });
  const [node] = windowTree(bee.context.identity.id, bee.context.windows.list({ limit: 1 }).windows);
  return { ...editor, ant: ant.context, bee: bee.context, standin, id, node };
}

/** The folder whose window was shown last, and what its page says. */
async function lastShown() {
  const uri = person.shown.at(-1);
  assert.ok(uri);
  const page = await registered.content.get('permafrost-window')?.provideTextDocumentContent(uri);
  return { context: new URLSearchParams(uri.query).get('context'), heading: page?.split('\n')[0] };
}

describe('A window of a folder that is not the active one', () => {
  it('is shown from a row of the view that it stood in', async () => {
    const { run, bee, node } = await withWindowOfBee();
    await run('showWindow', node);
    assert.deepEqual(await lastShown(), { context: bee.identity.id, heading: '# Window “Fox”' });
  });

  it('is thawed with the server that its own folder names, which the person is asked about', async () => {
    const { run, ant, bee, node } = await withWindowOfBee();
    person.answer = () => 'Allow';
    await run('thawWindow', node);
    assert.match(person.told[0] ?? '', /^The settings of this folder name the vLLM server/);
    assert.equal(bee.windows.sessions.list({ state: 'thawed', limit: 9 }).total, 1);
    assert.equal(ant.windows.sessions.list({ limit: 9 }).total, 0);
  });

  it('is looked for in the cache of the server that its own folder names, which the person is asked about', async () => {
    const { run, standin, node } = await withWindowOfBee();
    person.answer = () => 'Allow';
    await run('checkWindowCache', node);
    const [question = '', found = ''] = person.told;
    assert.ok(question.startsWith(`The settings of this folder name the vLLM server ${standin.url}.`));
    assert.match(found, /^“Fox”: \d+ of \d+ tokens are in the server's cache/);
  });

  it('goes on in the chat after a thaw, though the active folder has a window of that name', async () => {
    const { run, say, ant, bee, node } = await withWindowOfBee();
    person.answer = () => 'Allow';
    const own = await ant.windows.freeze({ messages: conversation(1) }, { name: 'Fox' });
    await ant.windows.thaw({ windowId: own.id }, { replyTokens: 1 });
    await run('thawWindow', node);
    const [thawed] = bee.windows.sessions.list({ state: 'thawed', limit: 9 }).sessions;
    const query = `/resume ${thawed?.id}`;
    const opened = person.executed.find(([command]) => command === 'workbench.action.chat.open');
    assert.match(JSON.stringify(opened), new RegExp(`"query":"@permafrost ${query}"`));
    const resumed = await say(query);
    assert.match(resumed.said, /goes on from “Fox”, with 4 messages/);
    const asked = await say('And when?', [resumed.turn]);
    assert.equal(asked.failure, undefined);
    const [session] = bee.windows.sessions.list({ state: 'active', limit: 9 }).sessions;
    assert.equal(session?.messageCount, 6);
    const [button] = resumed.buttons;
    await run('showWindow', ...(button?.arguments ?? []));
    assert.equal((await lastShown()).context, bee.identity.id);
  });

  it('is shown by the notice that it was frozen, whichever folder is active when that is answered', async () => {
    const { edit, say, bee, standin } = await withWindowOfBee();
    bee.windows.autoFreeze.configure({ enabled: true, fillPercent: 1 });
    configuration.set('permafrost.vllm.endpoint', standin.url);
    let answer: (button: string) => void = () => undefined;
    person.answer = (message) =>
      message.startsWith('Froze') ? new Promise((resolve) => (answer = resolve)) : 'Allow';
    edit('bee');
    assert.equal((await say('Where does the fox sleep?')).failure, undefined);
    await until('the notice is there', async () => person.told.find((told) => told.startsWith('Froze')));
    edit('ant');
    answer('Show');
    await until('the page is shown', async () => person.shown[0]);
    assert.equal((await lastShown()).context, bee.identity.id);
  });

  it('is frozen again by itself after it went on in the chat, though its folder was never the active one', async () => {
    const { say, bee, standin, id } = await withWindowOfBee();
    bee.windows.autoFreeze.configure({ enabled: true, fillPercent: 1, cooldownMinutes: 0 });
    configuration.set('permafrost.vllm.endpoint', standin.url);
    person.answer = () => 'Allow';
    const { sessionId } = await bee.windows.thaw({ windowId: id }, { replyTokens: 1 });
    const resumed = await say(`/resume ${sessionId}`);
    assert.equal((await say('And when?', [resumed.turn])).failure, undefined);
    await until('the notice is there', async () => person.told.find((told) => told.startsWith('Froze')));
    assert.equal(bee.windows.list({ limit: 9 }).total, 2);
  });
});
