import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Title } from '../../../src/core/memory/memory.ts';
import { addressIn, memoryPath } from '../../../src/vscode/memories/memoryUri.ts';

const address = { context: 'C1', memory: 'M1' };

describe("the path of a memory's document", () => {
  it('ends with its title', () => {
    assert.equal(memoryPath(address, 'Deploys: how?'), '/C1/M1/Deploys how.md');
    assert.equal(memoryPath(address, '../..'), '/C1/M1/memory.md');
    assert.equal(memoryPath(address, 'x'.repeat(300)), `/C1/M1/${'x'.repeat(60)}….md`);
  });

  it('names the memory whatever its title is', () => {
    const titles = fc.string({ unit: 'binary' }).filter((title) => Title.safeParse(title).success);
    fc.assert(
      fc.property(titles, (title) => {
        assert.deepEqual(addressIn(memoryPath(address, title)), address);
      }),
    );
  });

  it('is none of another form', () => {
    for (const path of ['', '/', '/C1', '/C1/M1', '/C1//x.md', '/C1/M1/a/b.md']) {
      assert.equal(addressIn(path), undefined, path);
    }
  });
});
