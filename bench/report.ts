import { misses, reached, type Goal, type Result } from './result.ts';
import type { Machine } from './machine.ts';

export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly results: readonly Result[];
}

/** What other programs read, in one line, since `npm run` prints lines of its own before it. */
export function asJson({ date, machine, results }: Report): string {
  const shown = results.map((result) => {
    const { name, n, unit, p50, p95, yardstick = null, ratio = null, goals } = result;
    return { name, n, unit, p50, p95, yardstick, ratio, goals, missed: misses(result) };
  });
  return JSON.stringify({ date, machine, results: shown });
}

/** What people read, in a terminal and in docs/performance.md: a Markdown table, with the machine above and the misses below. */
export function asMarkdown({ date, machine, results }: Report): string {
  return [describe(machine, date), table(results), missed(results)].join('\n\n');
}

const BEGIN = '<!-- outcome -->';
const END = '<!-- end of outcome -->';

/** `document` with `outcome` in the place that its two comments mark. */
export function record(document: string, outcome: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${BEGIN} and ${END} are not both there`);
  return `${before}${BEGIN}\n\n${outcome}\n\n${END}${after}`;
}

function describe(
  { cpu, cores, memoryGb, load, system, node, sqlite, fileSystem }: Machine,
  date: string,
): string {
  const hardware = `${cpu}, ${cores} cores, ${memoryGb} GB`;
  return `${date.slice(0, 10)}: ${hardware}; load ${load} at the start; ${system}; ${fileSystem}; Node ${node}, its SQLite ${sqlite}.`;
}

const HEADINGS = ['What', 'n', 'Unit', 'p50', 'p95', 'Yardstick', 'its p50', 'its p95', 'Ratio', 'Goal'];
const RIGHT = new Set(['n', 'p50', 'p95', 'its p50', 'its p95', 'Ratio']);

function table(results: readonly Result[]): string {
  const rows = results.map(cells);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, isRight(column))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    isRight(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(HEADINGS), line(rule), ...rows.map(line)].join('\n');
}

function isRight(column: number): boolean {
  return RIGHT.has(HEADINGS[column] ?? '');
}

function pad(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}

function cells({ name, n, unit, p50, p95, yardstick, ratio, goals }: Result): string[] {
  return [
    name,
    figure(n),
    unit,
    ...[p50, p95].map(figure),
    yardstick?.name ?? '',
    ...[yardstick?.p50, yardstick?.p95, ratio].map((value) => (value === undefined ? '' : figure(value))),
    goals.map(goalText).join(', '),
  ];
}

function missed(results: readonly Result[]): string {
  if (results.length === 0) return 'Nothing was measured.';
  const lines = results.flatMap((result) =>
    misses(result).map(
      (goal) =>
        `- ${result.name}, ${figure(result.n)}: ${goalText(goal)}, reached ${figure(reached(goal, result))}`,
    ),
  );
  return lines.length === 0 ? 'Every goal is met.' : ['Missed:', '', ...lines].join('\n');
}

function goalText(goal: Goal): string {
  const bound = 'atMost' in goal ? `at most ${figure(goal.atMost)}` : `at least ${figure(goal.atLeast)}`;
  return `${goal.of} ${bound}`;
}

/** Three digits that count, and all of a large number. */
function figure(value: number): string {
  const rounded = Number(value.toPrecision(Math.max(3, Math.ceil(Math.log10(Math.abs(value) + 1)))));
  return rounded.toLocaleString('en', { maximumFractionDigits: 6 });
}
