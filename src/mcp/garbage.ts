import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

let collect: Collect | undefined;

/**
 * Frees what nothing refers to any more, and gives the memory back. By itself V8 waits until the heap has grown by as much
 * again, and keeps room that it needed once: a string of tens of megabytes that was used once stays beside the next one.
 * Takes some 50 ms, so it is for whoever took in or gave out such a string.
 */
export function collectGarbage(): void {
  collect ??= exposed();
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** V8 puts `gc` into every realm that is made after its flag was set, and that is the only way to reach it. */
function exposed(): Collect {
  setFlagsFromString('--expose-gc');
  const gc: Collect = runInNewContext('gc');
  return gc;
}
