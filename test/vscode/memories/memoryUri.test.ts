import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Title } from '../../../src/core/memory/memory.ts';
import { addressIn, memoryUriParts } from '../../../src/vscode/memories/memoryUri.ts';

const address = { context: 'C1', memory: 'M1' };

describe("the URI of a memory's document", () => {
  it('shows the context and the title in its path, and no id', () => {
    const path = (title: string, name = 'fox') => memoryUriParts(address, name, title).path;
    assert.equal(path('Deploys: how?'), '/fox/Deploys how.md');
    assert.equal(path('../..'), '/fox/memory.md');
    assert.equal(path('a', '../..'), '/context/a.md');
    assert.equal(path('x'.repeat(300)), `/fox/${'x'.repeat(60)}….md`);
  });

  it('names the memory whatever its title and context are called', () => {
    const titles = fc.string({ unit: 'binary' }).filter((title) => Title.safeParse(title).success);
    fc.assert(
      fc.property(titles, (title) => {
        assert.deepEqual(addressIn(memoryUriParts(address, title, title)), address);
      }),
    );
  });

  it('is none of another form', () => {
    for (const query of ['', 'context=C1', 'memory=M1', 'context=&memory=M1']) {
      assert.equal(addressIn({ query }), undefined, query);
    }
  });
});
