import { clocks } from './clocks/clocks.ts';
import { hardLinks } from './clocks/hardLinks.ts';
import { damage } from './damage/damage.ts';
import { faults } from './faults/faults.ts';
import { growth } from './growth/growth.ts';
import type { Harness } from './harness.ts';
import { kills } from './kills/kills.ts';
import { powerCut } from './powerCut/powerCut.ts';
import { processes } from './processes/processes.ts';
import { reads } from './processes/reads.ts';

/** Everything that docs/durability.md promises, in its order. */
export const HARNESSES: readonly Harness[] = [
  powerCut,
  kills,
  processes,
  reads,
  faults,
  damage,
  clocks,
  hardLinks,
  growth,
];
