import type { DiskOperation } from './disk.ts';
import type { Fate, PowerCut } from './image.ts';

/** How many operations before the cut a recipe shows. */
const SHOWN = 12;

/** The same power cut with as few operations lost or torn as make it bad still. */
export function smallest(cut: PowerCut, isBad: (cut: PowerCut) => boolean): PowerCut {
  let fates: ReadonlyMap<number, Fate> = cut.fates;
  for (const index of cut.fates.keys()) {
    const fewer = new Map([...fates].filter(([each]) => each !== index));
    if (isBad({ after: cut.after, fates: fewer })) fates = fewer;
  }
  return { after: cut.after, fates };
}

/** The power cut in words: the operations up to it, each with what became of it. */
export function recipe(operations: readonly DiskOperation[], { after, fates }: PowerCut): string {
  const first = Math.max(0, Math.min(after - SHOWN, ...fates.keys()));
  const lines = operations.slice(first, after).map(({ label }, at) => {
    const fate = fates.get(first + at);
    const became = fate === undefined ? '' : fate === 'lost' ? '  <- LOST' : `  <- TORN, seed ${fate}`;
    return `    ${first + at}: ${label}${became}`;
  });
  return [...lines, '    -- power cut --'].join('\n');
}
