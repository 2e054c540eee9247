import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { openEditor } from '../openEditor.ts';
import { registered } from '../stub/vscode.ts';

describe('choosing a memory by typing', () => {
  it('takes the row that the person saw, though another list was on its way to them', async () => {
    const { ant } = await openEditor();
    const { pickMemory } = await import('../../../src/vscode/memories/pickMemory.ts');
    const titles = ['Rules of the pool', 'Pool', 'How the pool is kept'];
    ant.context.memories.create(titles.map((title) => ({ title, content: 'About the pool.' })));
    const chosen = pickMemory(ant.context, { title: 'Search' });
    const pick = registered.quickPick ?? assert.fail();
    const seen = pick.items.map(({ label }) => label);
    pick.type('pool');
    await delay(200);
    const place = seen.findIndex((title, at) => pick.items[at]?.label !== title);
    assert.notEqual(place, -1, 'the new list has another order');
    pick.take(place);
    assert.equal((await chosen)?.title, seen[place]);
  });

  it('takes from the new list once that is drawn, and nothing when the box is closed', async () => {
    const { ant } = await openEditor();
    const { pickMemory } = await import('../../../src/vscode/memories/pickMemory.ts');
    ant.context.memories.create(['Ice', 'Snow'].map((title) => ({ title, content: `About ${title}.` })));
    for (const closes of [false, true]) {
      const chosen = pickMemory(ant.context, { title: 'Search' });
      const pick = registered.quickPick ?? assert.fail();
      pick.type('ice');
      await delay(200);
      pick.draw();
      if (closes) pick.hide();
      else pick.take(0);
      assert.equal((await chosen)?.title, closes ? undefined : 'Ice');
    }
  });
});
