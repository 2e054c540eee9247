import type { Machine } from '../../bench/machine.ts';
import type { Outcome } from './harness.ts';

/** One promise that was tried. */
export interface Tried extends Outcome {
  readonly promise: string;
  readonly seconds: number;
}

/** What people read, in a terminal and in docs/durability.md: when, where and with which seed, and a table. */
export function asMarkdown(seed: number, machine: Machine, all: readonly Tried[]): string {
  const { cpu, cores, memoryGb, system, node, fileSystem } = machine;
  const date = new Date().toISOString().slice(0, 10);
  const where = `${cpu}, ${cores} cores, ${memoryGb} GB; ${system}; ${fileSystem}; Node ${node}`;
  return `${date}, seed ${seed}: ${where}.\n\n${table(all)}`;
}

const HEADINGS = ['Promise', 'Tried', 'Outcome', 'Seconds'];

function table(all: readonly Tried[]): string {
  const cells = all.map(({ promise, tried, failures, seconds }) => {
    return [promise, tried, failures.length === 0 ? 'kept' : 'BROKEN', seconds.toFixed(0)];
  });
  const rows = [HEADINGS, ...cells];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(HEADINGS), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}
