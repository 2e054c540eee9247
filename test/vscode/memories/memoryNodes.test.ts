import assert from 'node:assert/strict';
import type { NewMemory } from '../../../src/core/memory/memory.ts';
import type { OpenContext } from '../../../src/tools/environment.ts';
import { MemoryNodes, type GroupNode, type ViewNode } from '../../../src/vscode/memories/memoryNodes.ts';
import { openTools } from '../../tools/openTools.ts';

async function contextWith(...memories: NewMemory[]): Promise<OpenContext> {
  const context = await openTools().environment.context(undefined, 'write');
  if (memories.length > 0) context.memories.create(memories);
  return context;
}

const note = (title: string, facts: Partial<NewMemory> = {}): NewMemory => ({ title, content: '', ...facts });

/** Rows as text: groups with their totals, memories by title. */
function shown(nodes: readonly ViewNode[]): string[] {
  return nodes.map((node) => {
    if (node.kind === 'group') return `${node.label} ${node.total}`;
    return node.kind === 'memory' ? node.memory.title : `… ${node.left}`;
  });
}

const groupIn = (nodes: readonly ViewNode[], label: string): GroupNode => {
  const group = nodes.find((node) => node.kind === 'group' && node.label === label);
  assert.ok(group?.kind === 'group', `no group ${label}`);
  return group;
};

const byTier = { grouping: 'tier', search: '' } as const;
const byTag = { grouping: 'tag', search: '' } as const;
const flat = { grouping: 'flat', search: '' } as const;

describe('the rows of the Memories view', () => {
  it('are none in an empty context, however it is grouped', async () => {
    const context = await contextWith();
    for (const state of [byTier, byTag, flat]) assert.deepEqual(new MemoryNodes().roots(context, state), []);
  });

  it('are groups by tier, the newest first in each', async () => {
    const context = await contextWith(note('a'), note('b', { tier: 'short_term' }), note('c'));
    const nodes = new MemoryNodes();
    const roots = nodes.roots(context, byTier);
    assert.deepEqual(shown(roots), ['Long Term 2', 'Short Term 1']);
    assert.deepEqual(shown(nodes.inside(context, groupIn(roots, 'Long Term'))), ['c', 'a']);
  });

  it('are groups by tag, with a memory in each of its tags, and those without any', async () => {
    const context = await contextWith(note('a', { tags: ['x', 'y'] }), note('b', { tags: ['x'] }), note('c'));
    const nodes = new MemoryNodes();
    const roots = nodes.roots(context, byTag);
    assert.deepEqual(shown(roots), ['x 2', 'y 1', 'Without Tags 1']);
    assert.deepEqual(shown(nodes.inside(context, groupIn(roots, 'Without Tags'))), ['c']);
  });

  it('have archived memories in a group of their own', async () => {
    const context = await contextWith(note('a'), note('b'));
    const nodes = new MemoryNodes();
    const [first] = nodes.roots(context, flat);
    assert.ok(first?.kind === 'memory');
    context.memories.archive([first.memory.id]);
    const roots = nodes.roots(context, flat);
    assert.deepEqual(shown(roots), ['a', 'Archived 1']);
    assert.deepEqual(shown(nodes.inside(context, groupIn(roots, 'Archived'))), ['b']);
  });

  it('are what fits the filter, also the beginning of a word, best first', async () => {
    const context = await contextWith(
      note('Ports', { content: 'postgres' }),
      note('Postgres setup'),
      note('Fox'),
    );
    assert.deepEqual(shown(new MemoryNodes().roots(context, { ...byTier, search: 'postgr' })), [
      'Postgres setup',
      'Ports',
    ]);
  });

  it('come a page at a time', async () => {
    const context = await contextWith(...Array.from({ length: 230 }, (_, at) => note(`${at}`)));
    const nodes = new MemoryNodes();
    const first = nodes.roots(context, flat);
    assert.deepEqual([first.length, shown(first).at(-1)], [101, '… 130']);
    nodes.showMore('top');
    assert.deepEqual(shown(nodes.roots(context, flat)).at(-1), '… 30');
    nodes.showMore('top');
    assert.deepEqual(shown(nodes.roots(context, flat)).at(-1), '0');
    nodes.reset();
    assert.equal(nodes.roots(context, flat).length, 101);
  });
});
