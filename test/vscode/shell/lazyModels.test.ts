import assert from 'node:assert/strict';
import { standinFor } from '../../core/windows/openWindows.ts';
import { until } from '../../editor/until.ts';
import { openEditor } from '../openEditor.ts';
import { configuration, neverCancelled, person, registered } from '../stub/vscode.ts';

describe('the models of the picker', () => {
  async function open() {
    const editor = await openEditor();
    const { models } = registered;
    assert.ok(models);
    let changes = 0;
    models.onDidChangeLanguageModelChatInformation(() => (changes += 1));
    const list = () => models.provideLanguageModelChatInformation({ silent: true }, neverCancelled);
    return { ...editor, list, changes: () => changes };
  }

  it('are none while no server is set, and that is said', async () => {
    const [only] = await (await open()).list();
    assert.equal(only?.name, 'vLLM (no endpoint set)');
    assert.match(only.tooltip ?? '', /^Set permafrost\.vllm\.endpoint .*@permafrost can search/);
  });

  it('are listed anew when the person allows the server that a folder names', async () => {
    const standin = await standinFor();
    const { ant, list, changes, run } = await open();
    configuration.set(`${ant.uri.toString()} permafrost.vllm.endpoint`, standin.url);
    const [only] = await list();
    assert.equal(only?.name, 'vLLM (the server is not allowed yet)');
    assert.match(only.tooltip ?? '', new RegExp(`${standin.url}, which you have not allowed`));
    person.answer = () => 'Allow';
    await run('checkConnection');
    await until('the list has changed', async () => changes() > 0 || undefined);
    assert.deepEqual(
      (await list()).map(({ id }) => id),
      [standin.model],
    );
  });
});
