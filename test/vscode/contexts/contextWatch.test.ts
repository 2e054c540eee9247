import assert from 'node:assert/strict';
import { openTools } from '../../tools/openTools.ts';
import { stubVscode } from '../stub/stubVscode.ts';

stubVscode();
const { ContextWatch } = await import('../../../src/vscode/contexts/contextWatch.ts');

describe('watching a context', () => {
  it('sees what another process writes, and is no use of it that would keep it in memory', async () => {
    const { directory, environment } = openTools();
    const context = await environment.context(undefined, 'read');
    const other = await openTools({ directory }).environment.context(undefined, 'write');
    const watch = new ContextWatch({ error: assert.fail });
    let changes = 0;
    watch.onDidChange(() => (changes += 1));
    watch.watch(context);
    try {
      const { uses } = context.store;
      watch.look();
      assert.equal(changes, 0);
      other.memories.create([{ title: 'a', content: '' }]);
      watch.look();
      context.store.release();
      watch.look();
      assert.equal(changes, 1);
      other.memories.create([{ title: 'b', content: '' }]);
      watch.look();
      watch.look();
      assert.equal(changes, 2);
      assert.equal(context.store.uses, uses);
    } finally {
      watch.dispose();
    }
  });
});
