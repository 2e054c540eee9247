import type { Random } from '../random.ts';
import { unsynced, type DiskOperation } from './disk.ts';
import type { Fate, PowerCut } from './image.ts';

/** Of the operations that are on disk or not, these are lost or kept one by one; the earlier ones by chance alone. */
const ONE_BY_ONE = 12;

/** So many cuts after each operation have everything unsynced kept, lost or torn by chance. */
const BY_CHANCE = 6;

/**
 * Power cuts after every operation. First, for each: everything is on disk as far as it was done, and only what
 * was synced. Then, in an order by chance: one unsynced operation lost, one kept, each by chance.
 */
export function powerCuts(operations: readonly DiskOperation[], random: Random): PowerCut[] {
  const cuts = Array.from({ length: operations.length + 1 }, (_, after) => after);
  const plain = cuts.flatMap((after) => [
    { after, fates: new Map() },
    lost(after, unsynced(operations, after)),
  ]);
  const chosen = cuts.flatMap((after) => reordered(operations, after, random));
  return [...random.shuffled(plain), ...random.shuffled(chosen)];
}

function reordered(operations: readonly DiskOperation[], after: number, random: Random): PowerCut[] {
  const open = unsynced(operations, after);
  const last = open.slice(-ONE_BY_ONE);
  const torn = last.filter((index) => operations[index]?.kind === 'write');
  return [
    ...last.map((index) => lost(after, [index])),
    ...last.map((index) => lost(after, open.filter((each) => each !== index))),
    ...torn.map((index) => ({ after, fates: new Map([[index, random.below(2 ** 30)]]) })),
    ...Array.from({ length: open.length > 1 ? BY_CHANCE : 0 }, () => byChance(operations, after, open, random)),
  ]; // prettier-ignore
}

function lost(after: number, indexes: readonly number[]): PowerCut {
  return { after, fates: new Map(indexes.map((index) => [index, 'lost'])) };
}

function byChance(
  operations: readonly DiskOperation[],
  after: number,
  open: readonly number[],
  random: Random,
): PowerCut {
  const probability = random.pick([0.1, 0.5, 0.9]);
  const unlucky = open.filter(() => random.chance(probability));
  const fates = unlucky.map((index): [number, Fate] => {
    const isTorn = operations[index]?.kind === 'write' && random.chance(0.7);
    return [index, isTorn ? random.below(2 ** 30) : 'lost'];
  });
  return { after, fates: new Map(fates) };
}
