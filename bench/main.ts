// npm run bench -- [--json] [--record] [--only NAME]... [--scale N]... [--quick]
//
// Measures Permafrost beside yardsticks in the same run: docs/performance.md says what, and how.

import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Setting } from './bench.ts';
import { activationBench } from './extension/activationBench.ts';
import { describeMachine } from './machine.ts';
import { mcpBench } from './mcp/mcpBench.ts';
import { residentBench } from './mcp/residentBench.ts';
import { cacheBench } from './memory/cacheBench.ts';
import { checkpointBench } from './memory/checkpointBench.ts';
import { diskBench } from './memory/diskBench.ts';
import { FilledStores } from './memory/filled.ts';
import { memoryBench } from './memory/memoryBench.ts';
import { openBench } from './memory/openBench.ts';
import { sightBench } from './memory/sightBench.ts';
import { vsixBench } from './package/vsixBench.ts';
import { peerBench } from './peer/peerBench.ts';
import { asJson, asMarkdown, record, type Report } from './report.ts';
import type { Result } from './result.ts';
import { poolBench } from './vllm/poolBench.ts';
import { proxyBench } from './vllm/proxyBench.ts';
import { windowsBench } from './vllm/windowsBench.ts';
import { Workplace } from './workplace.ts';

/** In this order: the later ones add to what the earlier ones were measured on. */
const BENCHES: readonly Bench[] = [
  openBench,
  memoryBench,
  sightBench,
  cacheBench,
  mcpBench,
  residentBench,
  proxyBench,
  peerBench,
  diskBench,
  checkpointBench,
  poolBench,
  activationBench,
  vsixBench,
  windowsBench,
];

const SCALES = [1_000, 10_000, 100_000];
const QUICK_SCALES = [1_000];

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Puts the outcome into docs/performance.md. */
    record: { type: 'boolean', default: false },
    /** Only the measures whose names begin so; may be repeated. */
    only: { type: 'string', multiple: true, default: [''] },
    /** So many memories, instead of the scales that the goals are for; may be repeated. */
    scale: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
  },
});

const workplace = new Workplace();
process.once('SIGINT', () => {
  workplace.remove();
  process.exit(130);
});
try {
  await main();
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.stack : thrown);
  process.exitCode = 1;
} finally {
  workplace.remove();
}

async function main(): Promise<void> {
  const wanted = (name: string): boolean => options.only.some((beginning) => name.startsWith(beginning));
  const chosen = BENCHES.filter(({ measures }) => measures.some(wanted));
  if (chosen.length === 0) throw new Error(`--only takes the beginning of one of: ${names().join('; ')}`);
  const machine = describeMachine(workplace.directory('.'));
  const results = await runAll(chosen, setting(wanted));
  show({ date: new Date().toISOString(), machine, results });
}

function setting(wanted: Setting['wanted']): Setting {
  const { quick } = options;
  const scales = options.scale?.map(scaleOf) ?? (quick ? QUICK_SCALES : SCALES);
  const say = (line: string): void => console.error(`${line} ...`);
  const filled = new FilledStores(workplace, say);
  return { workplace, filled, scales, largest: Math.max(...scales), quick, wanted, say };
}

function scaleOf(text: string): number {
  const scale = Number(text);
  if (!Number.isInteger(scale) || scale < 1_000) throw new Error(`--scale takes 1000 or more, not ${text}`);
  return scale;
}

function show(report: Report): void {
  const outcome = asMarkdown(report);
  console.log(options.json ? asJson(report) : outcome);
  if (!options.record) return;
  if (process.exitCode === 1) throw new Error('Nothing was recorded, since a measure failed.');
  const document = path.join(workplace.root, 'docs/performance.md');
  writeFileSync(document, record(readFileSync(document, 'utf8'), outcome));
}

async function runAll(benches: readonly Bench[], during: Setting): Promise<Result[]> {
  const results: Result[] = [];
  // One after the other: what runs beside a measurement is measured with it.
  for (const { measures, linuxOnly = false, run } of benches) {
    if (linuxOnly && process.platform !== 'linux')
      during.say(`left out, for Linux alone: ${measures.join('; ')}`);
    else results.push(...(await resultsOf(run, during)));
  }
  const order = names();
  return results.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** One that fails is told of, and costs the others nothing but the place in the documents. */
async function resultsOf(run: Bench['run'], during: Setting): Promise<readonly Result[]> {
  try {
    return await run(during);
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.stack : thrown);
    process.exitCode = 1;
    return [];
  }
}

function names(): string[] {
  return BENCHES.flatMap(({ measures }) => measures);
}
