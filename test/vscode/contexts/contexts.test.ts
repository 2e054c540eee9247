import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { Stores } from '../../../src/core/contexts/stores.ts';
import { noEndpoint } from '../../../src/core/errors.ts';
import { idFactory } from '../../../src/core/ids.ts';
import { ContextOpener } from '../../../src/tools/environment.ts';
import { engine } from '../../core/store/engine.ts';
import { extensionIn, openEditor } from '../openEditor.ts';

const { ActiveScope } = await import('../../../src/vscode/contexts/activeScope.ts');
const { Contexts } = await import('../../../src/vscode/contexts/contexts.ts');
const { FolderContexts } = await import('../../../src/vscode/contexts/folderContexts.ts');

describe('the contexts of a window with two folders', () => {
  /** Those of an editor in which `ant` is active, and the folders whose context is told to be opened. */
  async function open() {
    const { ant, bee } = await openEditor();
    const clock = { now: Date.now, newId: idFactory() };
    const stores = new Stores({
      ...clock,
      engine: () => Promise.resolve(engine),
      snapshotScript: '',
      snapshotFailed: assert.ifError,
    });
    const opener = new ContextOpener({ ...clock, stores, connect: () => Promise.reject(noEndpoint()) });
    const { workspaceState, globalStorageUri } = extensionIn(process.env['PERMAFROST_HOME'] ?? '');
    const folders = new FolderContexts({ ...clock, storageUri: undefined, globalStorageUri });
    const contexts = new Contexts({ folders, active: new ActiveScope(workspaceState), opener });
    const opened: string[] = [];
    contexts.onDidOpen(({ scope, outcome }) => opened.push('context' in outcome ? scope.name : ''));
    return { contexts, opened, ant: ant.context.identity, bee: bee.context };
  }

  it('tell of each that is opened whose it is, by whatever way', async () => {
    const { contexts, opened, bee } = await open();
    await contexts.open();
    await contexts.openById(bee.identity.id);
    await contexts.openOthers();
    await contexts.environment.context(undefined, 'write');
    await contexts.environment.context(bee.identity.name, 'read');
    assert.deepEqual(opened, ['ant', 'bee', 'bee', 'ant', 'bee']);
  });

  it('of which one is gone go on with the other', async () => {
    const { contexts, opened, ant, bee } = await open();
    rmSync(bee.directory, { recursive: true });
    await contexts.openById(ant.id);
    assert.deepEqual(await contexts.openOthers(), []);
    await contexts.environment.context(ant.id, 'read');
    assert.equal((await contexts.environment.contexts()).length, 1);
    await assert.rejects(contexts.environment.context(bee.identity.name, 'read'), { code: 'PF-8003' });
    assert.deepEqual(opened, ['ant', 'ant']);
  });
});
