// npm run torture -- [--seed N] [--only NAME]... [--scale short|long]
//
// Tries to break what docs/durability.md promises, for long. The same seed makes the same choices.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Harness, Outcome } from './harness.ts';
import { HARNESSES } from './harnesses.ts';

interface Tried extends Outcome {
  readonly promise: string;
  readonly seconds: number;
}

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', multiple: true, default: HARNESSES.map(({ name }) => name) },
    scale: { type: 'string', default: 'long' },
  },
});

const directory = mkdtempSync(
  path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'permafrost-torture-'),
);
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
await main();

async function main(): Promise<void> {
  const seed = Number(options.seed);
  if (!Number.isSafeInteger(seed)) throw new Error('--seed takes a whole number');
  const chosen = HARNESSES.filter(({ name }) => options.only.includes(name));
  if (chosen.length === 0)
    throw new Error(`--only takes one of: ${HARNESSES.map(({ name }) => name).join(', ')}`);
  console.log(`seed ${seed}`);
  const all: Tried[] = [];
  // One after the other: what a process does to another one is part of some of them.
  for (const harness of chosen) all.push(await attempt(harness, seed));
  console.log(`\n${table(all)}\n`);
  for (const { promise, failures } of all)
    failures.forEach((failure) => console.log(`${promise}:\n  ${failure}\n`));
  const failed = all.filter(({ failures }) => failures.length > 0).length;
  console.log(`${all.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function attempt(harness: Harness, seed: number): Promise<Tried> {
  console.error(`${harness.promise} ...`);
  const start = performance.now();
  const scale = options.scale === 'short' ? 'short' : 'long';
  const outcome = await run(harness, { seed, scale, directory: mkdtempSync(path.join(directory, 'run-')) });
  return { ...outcome, promise: harness.promise, seconds: (performance.now() - start) / 1000 };
}

/** One harness that cannot run at all does not keep the others from running. */
async function run(harness: Harness, setting: Parameters<Harness['run']>[0]): Promise<Outcome> {
  try {
    return await harness.run(setting);
  } catch (cause) {
    return { tried: 'not run', failures: [cause instanceof Error ? String(cause.stack) : String(cause)] };
  }
}

function table(all: readonly Tried[]): string {
  const rows = all.map(({ promise, tried, failures, seconds }) => {
    return `| ${promise} | ${tried} | ${failures.length === 0 ? 'kept' : 'BROKEN'} | ${seconds.toFixed(0)} |`;
  });
  return ['| promise | tried | outcome | seconds |', '| --- | --- | --- | ---: |', ...rows].join('\n');
}
