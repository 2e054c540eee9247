import type { Harness } from './harness.ts';
import { powerCut } from './powerCut/powerCut.ts';

/** Everything that docs/durability.md promises, in its order. */
export const HARNESSES: readonly Harness[] = [powerCut];
