import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { openEditor } from '../openEditor.ts';
import { registered } from '../stub/vscode.ts';

describe('choosing a memory by typing', () => {
  it('takes the row that the person saw, though another list was on its way to them', async () => {
    const { pick, chosen } = await open(['Rules of the pool', 'Pool', 'How the pool is kept']);
    const seen = pick.items.map(({ label }) => label);
    pick.type('pool');
    await delay(200);
    const place = seen.findIndex((title, at) => pick.items[at]?.label !== title);
    assert.notEqual(place, -1, 'the new list has another order');
    pick.type('pools'); // The row in front is told of again, still of the list before.
    await pick.take(place);
    assert.equal((await chosen)?.title, seen[place]);
  });

  it('takes a row that the list on its way no longer has', async () => {
    const { pick, chosen } = await open(['Ice', 'Snow', 'Rain']);
    const seen = pick.items.map(({ label }) => label);
    pick.type('ice');
    await delay(200);
    await pick.take(2);
    assert.equal((await chosen)?.title, seen[2]);
  });

  it('takes the row though a list is given between what the editor tells of it', async () => {
    const { pick, chosen } = await open(['Ice', 'Snow', 'Rain']);
    const seen = pick.items.map(({ label }) => label);
    pick.type('ice');
    await pick.take(1, async () => {
      await delay(200);
      pick.draw();
      await delay(10);
    });
    assert.equal((await chosen)?.title, seen[1]);
  });

  it('rejects when the memories cannot be read, first or later, and leaves nothing behind', async () => {
    const arrivals = () => [...registered.commands.keys()].filter((id) => id.includes('rowsArrived'));
    for (const later of [false, true]) {
      const before = arrivals();
      const { ant } = await openEditor();
      const { pickMemory } = await import('../../../src/vscode/memories/pickMemory.ts');
      const chosen = pickMemory(later ? ant.context : unreadable(ant.context), { title: 'Search' });
      const pick = registered.quickPick ?? assert.fail();
      if (later) ant.context.search.search = fails;
      pick.type('ice');
      await assert.rejects(chosen, /the disk is gone/);
      pick.draw();
      await delay(20);
      assert.deepEqual(arrivals(), before);
    }
  });

  it('takes from the new list once that is drawn, and nothing when the box is closed', async () => {
    for (const closes of [false, true]) {
      const { pick, chosen } = await open(['Ice', 'Snow']);
      pick.type('ice');
      await delay(200);
      pick.draw();
      await delay(10);
      if (closes) pick.hide();
      else await pick.take(0);
      assert.equal((await chosen)?.title, closes ? undefined : 'Ice');
    }
  });

  const fails = (): never => {
    throw new Error('the disk is gone');
  };

  function unreadable<Context extends { readonly memories: object }>(context: Context): Context {
    return { ...context, memories: { ...context.memories, list: fails } };
  }

  async function open(titles: readonly string[]) {
    const { ant } = await openEditor();
    const { pickMemory } = await import('../../../src/vscode/memories/pickMemory.ts');
    ant.context.memories.create(titles.map((title) => ({ title, content: `About ${title}.` })));
    const chosen = pickMemory(ant.context, { title: 'Search' });
    return { pick: registered.quickPick ?? assert.fail(), chosen };
  }
});
