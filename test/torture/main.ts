// npm run torture -- [--seed N] [--only NAME]... [--scale short] [--record]
//
// Tries to break what docs/durability.md promises, for long. The same seed makes the same choices.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../../bench/machine.ts';
import { record } from '../../bench/report.ts';
import type { Harness, Outcome, Setting } from './harness.ts';
import { HARNESSES } from './harnesses.ts';
import { asMarkdown, type Tried } from './report.ts';

const NAMES = HARNESSES.map(({ name }) => name);

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', multiple: true, default: NAMES },
    /** As much as `npm test` tries, to repeat what it found. */
    scale: { type: 'string', default: 'long' },
    /** Puts the outcome into docs/durability.md. */
    record: { type: 'boolean', default: false },
  },
});

const home = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const directory = mkdtempSync(path.join(home, 'permafrost-torture-'));
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
await main();

async function main(): Promise<void> {
  const seed = Number(options.seed);
  if (!Number.isSafeInteger(seed)) throw new Error('--seed takes a whole number');
  const unknown = options.only.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`--only takes one of: ${NAMES.join(', ')}`);
  console.log(`seed ${seed}`);
  const all: Tried[] = [];
  // One after the other: what a process does to another one is part of some of them.
  for (const harness of HARNESSES)
    if (options.only.includes(harness.name)) all.push(await attempt(harness, seed));
  show(asMarkdown(seed, describeMachine(directory), all));
  for (const { promise, failures } of all) {
    for (const failure of failures) console.log(`${promise}\n  ${failure}\n`);
  }
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
async function run(harness: Harness, setting: Setting): Promise<Outcome> {
  try {
    return await harness.run(setting);
  } catch (cause) {
    return { tried: 'not run', failures: [cause instanceof Error ? String(cause.stack) : String(cause)] };
  }
}

function show(outcome: string): void {
  console.log(`\n${outcome}\n`);
  if (!options.record) return;
  const document = path.resolve('docs/durability.md');
  writeFileSync(document, record(readFileSync(document, 'utf8'), outcome));
}
