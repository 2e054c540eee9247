import assert from 'node:assert/strict';

const LONGEST_MS = 15_000;

/** Lets the rest go on until something holds; fails, instead of going round for ever, when it never does. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `waited in vain for ${holds.toString()}`);
    await new Promise(setImmediate);
  }
}
