// node bench/profile.ts DIRECTORY
//
// Where the time went, as a table for each profile that Node has put into DIRECTORY. To look at a figure of
// docs/performance.md:
//
//   NODE_OPTIONS='--cpu-prof --cpu-prof-dir=DIRECTORY' node bench/main.ts --only 'memory create' --scale 10000

import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile; times are microseconds. */
const Profile = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.int() }),
      children: z.array(z.int()).default([]),
    }),
  ),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});
type Profile = z.infer<typeof Profile>;
type Node = Profile['nodes'][number];

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const SHOWN = 20;
/** Processes that did less than this, in milliseconds, are not what is looked for. */
const LEAST = 100;

interface Share {
  /** Milliseconds in the function itself. */
  self: number;
  /** And in what it called. */
  total: number;
}

const [, , directory = '.'] = process.argv;
for (const file of readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'))) {
  const profile = Profile.parse(JSON.parse(readFileSync(path.join(directory, file), 'utf8')));
  show(`${file}, ${scriptOf(profile)}`, sharesOf(profile));
}

/** What the process was started for: of the files of its own that it ran, the last one, since what it imports comes first. */
function scriptOf({ nodes }: Profile): string {
  const own = nodes.findLast(({ callFrame: { functionName, url, lineNumber } }) => {
    const isModule = functionName === '' && lineNumber === 0;
    return isModule && /^(?:file:\/\/)?\/(?!.*node_modules)/.test(url);
  });
  return own === undefined ? 'no script' : placeOf(own.callFrame.url);
}

function show(title: string, shares: ReadonlyMap<string, Share>): void {
  const busy = [...shares].filter(([name]) => name !== '(idle)' && name !== '(root)');
  const sum = busy.reduce((all, [, { self }]) => all + self, 0);
  if (sum < LEAST) return;
  console.log(`\n${title}: ${Math.round(sum)} ms\n\n  self  total  function`);
  const largest = busy.toSorted(([, a], [, b]) => b.self - a.self).slice(0, SHOWN);
  for (const [name, { self, total }] of largest)
    console.log(`${part(self, sum)} ${part(total, sum)}  ${name}`);
}

function part(milliseconds: number, sum: number): string {
  return `${((milliseconds / sum) * 100).toFixed(1)}%`.padStart(6);
}

function sharesOf({ nodes, samples, timeDeltas }: Profile): Map<string, Share> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selves = new Map<number, number>();
  for (const [at, id] of samples.entries()) {
    selves.set(id, (selves.get(id) ?? 0) + (timeDeltas[at] ?? 0) / 1_000);
  }
  const shares = new Map<string, Share>();
  const [root] = nodes;
  if (root !== undefined) add(root, new Set());
  return shares;

  /** A function that calls itself has its total once: `within` are the functions that are running already. */
  function add(node: Node, within: ReadonlySet<string>): number {
    const name = nameOf(node);
    const self = selves.get(node.id) ?? 0;
    const below = new Set([...within, name]);
    const called = node.children.map((id) => byId.get(id)).filter((child) => child !== undefined);
    const total = called.reduce((sum, child) => sum + add(child, below), self);
    const share = shares.get(name) ?? { self: 0, total: 0 };
    shares.set(name, { self: share.self + self, total: share.total + (within.has(name) ? 0 : total) });
    return total;
  }
}

/** Modules have URLs, and scripts that were required have paths. */
function placeOf(url: string): string {
  return url.replace('file://', '').replace(PROJECT, '');
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  const place = url === '' ? '' : ` ${placeOf(url)}:${lineNumber + 1}`;
  return `${functionName === '' ? '(anonymous)' : functionName}${place}`;
}
