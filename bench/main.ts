// npm run bench -- [--json] [--record] [--only NAME]... [--quick]
//
// Measures Permafrost beside yardsticks in the same run: docs/performance.md says what, and how.

import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Setting } from './bench.ts';
import { activationBench } from './extension/activationBench.ts';
import { describeMachine } from './machine.ts';
import { mcpBench } from './mcp/mcpBench.ts';
import { memoryBench } from './memory/memoryBench.ts';
import { vsixBench } from './package/vsixBench.ts';
import { asJson, asMarkdown, record, type Report } from './report.ts';
import type { Result } from './result.ts';
import { Workplace } from './workplace.ts';

const BENCHES: readonly Bench[] = [memoryBench, mcpBench, activationBench, vsixBench];

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Puts the outcome into docs/performance.md. */
    record: { type: 'boolean', default: false },
    /** Only the measures whose names begin so; may be repeated. */
    only: { type: 'string', multiple: true, default: [''] },
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
  if (chosen.length === 0) throw new Error(`--only takes the beginning of one of: ${names()}`);
  const machine = describeMachine(workplace.directory('.'));
  const say = (line: string): void => console.error(`${line} ...`);
  const results = await runAll(chosen, { workplace, wanted, quick: options.quick, say });
  show({ date: new Date().toISOString(), machine, results });
}

function show(report: Report): void {
  const outcome = asMarkdown(report);
  console.log(options.json ? asJson(report) : outcome);
  if (!options.record) return;
  const document = path.join(workplace.root, 'docs/performance.md');
  writeFileSync(document, record(readFileSync(document, 'utf8'), outcome));
}

async function runAll(benches: readonly Bench[], setting: Setting): Promise<Result[]> {
  const results: Result[] = [];
  // One after the other: what runs beside a measurement is measured with it.
  for (const bench of benches) results.push(...(await bench.run(setting)));
  return results;
}

function names(): string {
  return BENCHES.flatMap(({ measures }) => measures).join('; ');
}
