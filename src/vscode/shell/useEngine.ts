import type { Engine } from '../engine.ts';

/** Gives the engine, which is loaded at the first use. */
export type UseEngine = () => Promise<Engine>;
