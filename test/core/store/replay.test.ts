import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as fc from 'fast-check';
import { checkpoint, seal } from './checkpoints.ts';
import { openStore, temporaryContext, temporaryDirectory } from './openStore.ts';
import { fingerprint } from './views.ts';

type Value = string | number | null;
type Step =
  | { readonly kind: 'write'; readonly by: 0 | 1; readonly cells: readonly (readonly [number, Value])[] }
  | { readonly kind: 'undone'; readonly by: 0 | 1; readonly cell: number }
  | { readonly kind: 'remove'; readonly by: 0 | 1; readonly below: number }
  | { readonly kind: 'seal' }
  | { readonly kind: 'checkpoint' };

const by = fc.constantFrom(0 as const, 1 as const);
const cell = fc.nat({ max: 20 });
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      by,
      cells: fc.array(fc.tuple(cell, value), { maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('undone' as const), by, cell }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), by, below: cell }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'seal' as const }, { kind: 'checkpoint' as const }) },
);

describe('any sequence of writes over two stores, with checkpoints anywhere', () => {
  it('gives one state: in both stores, by replay, from a snapshot, and in a plain model', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const directory = temporaryContext();
        const stores = [openStore(directory), openStore(directory)] as const;
        stores[0].write((tx) => tx.run('CREATE TABLE cells (cell INTEGER PRIMARY KEY, value)'));
        const model = new Map<number, Value>();
        for (const each of steps) take(each, directory, stores, model);
        const replayed = openStore(directory);
        const rows = replayed.read((view) => view.all('SELECT cell, value FROM cells ORDER BY cell'));
        assert.deepEqual(
          rows.map((row) => [row['cell'], row['value']]),
          [...model].toSorted(([a], [b]) => a - b).map(([at, kept]) => [at, kept === 0 ? 0 : kept]),
        );
        const copy = temporaryDirectory();
        fs.cpSync(directory, copy, { recursive: true });
        checkpoint(copy);
        const prints = [...stores, replayed, openStore(copy)].map(fingerprint);
        assert.deepEqual(new Set(prints).size, 1);
      }),
      { numRuns: 40 },
    );
  });
});

function take(
  step: Step,
  directory: string,
  stores: readonly [ReturnType<typeof openStore>, ReturnType<typeof openStore>],
  model: Map<number, Value>,
): void {
  if (step.kind === 'seal') return seal(directory);
  if (step.kind === 'checkpoint') return checkpoint(directory);
  const store = stores[step.by];
  if (step.kind === 'remove') {
    store.write((tx) => tx.run('DELETE FROM cells WHERE cell < ?', [step.below]));
    for (const at of model.keys()) if (at < step.below) model.delete(at);
  } else if (step.kind === 'undone') {
    const undone = new Error('undone');
    const change = () =>
      store.write((tx) => {
        tx.run('REPLACE INTO cells VALUES (?, ?)', [step.cell, 'never seen']);
        throw undone;
      });
    assert.throws(change, undone);
  } else {
    store.write((tx) =>
      step.cells.forEach((parameters) => tx.run('REPLACE INTO cells VALUES (?, ?)', parameters)),
    );
    for (const [at, kept] of step.cells) model.set(at, kept);
  }
}
