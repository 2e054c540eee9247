import { existsSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import type { Bench } from '../bench.ts';
import { readMaterial, scattered, type Contestant, type Material } from '../memory/contestant.ts';
import { goalsAt, resultOf, type GoalAt, type Result } from '../result.ts';
import { ChildrenWatch, residentMemory } from './processMemory.ts';
import { RunningServer } from './server.ts';

const PEAK = 'mcp server memory, highest';
const NOW = 'mcp server memory, after work';
const CHILD = 'mcp snapshot process, highest';

const GOALS: readonly GoalAt[] = [{ of: 'p50', atMost: 600, at: 100_000 }];

/** What the bundled MCP server has resident after searches, reads, lists, writes and a checkpoint. */
export const residentBench: Bench = {
  measures: [PEAK, NOW, CHILD],
  linuxOnly: true,
  async run({ filled, workplace, largest, wanted, say }) {
    const { ours } = await filled.at(largest);
    say(`memory of the MCP server, ${largest} memories`);
    const script = path.join(await workplace.dist(), 'mcp-server.js');
    const server = await RunningServer.start({ args: [script, '--context', ours.directory] });
    const children = new ChildrenWatch(server.pid);
    try {
      await work(server, ours);
      const { peak, now } = residentMemory(server.pid);
      return results(largest, [PEAK, peak], [NOW, now], [CHILD, children.peak]).filter(({ name }) =>
        wanted(name),
      );
    } finally {
      children.end();
      await server.close();
    }
  },
};

function results(n: number, ...figures: readonly (readonly [string, number | undefined])[]): Result[] {
  return figures.flatMap(([name, bytes]) => {
    const goals = name === CHILD ? [] : goalsAt(n, GOALS);
    return bytes === undefined ? [] : [resultOf({ name, n, unit: 'MB', goals }, [bytes / 1e6])];
  });
}

async function work(server: RunningServer, ours: Contestant): Promise<void> {
  const material = readMaterial(ours);
  await ask(server, material);
  await passCheckpoint(server, ours.directory, material);
  await ask(server, material);
}

/** A hundred searches, reads and pages each. */
async function ask(server: RunningServer, { ids, queries }: Material): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    await server.answer({ tool: 'memory_search', input: { query: scattered(queries, turn) } });
    await server.answer({ tool: 'memory_read', input: { ids: [scattered(ids, turn)] } });
    await server.answer({ tool: 'memory_list', input: {} });
  }
}

const MOST_BATCHES = 400;
const Created = z.object({ created: z.array(z.object({ id: z.string() })) });

/** Creates memories and deletes them for good, so that their number stays, until an epoch is closed and has its snapshot. */
async function passCheckpoint(server: RunningServer, directory: string, { fresh }: Material): Promise<void> {
  const before = newestEpoch(directory);
  const memories = fresh.slice(0, 500);
  for (let batches = 0; newestEpoch(directory) === before; batches++) {
    if (batches === MOST_BATCHES) throw new Error(`no checkpoint after ${batches} batches of 500`);
    const { structuredContent } = await server.answer({ tool: 'memory_create', input: { memories } });
    const ids = Created.parse(structuredContent).created.map(({ id }) => id);
    await server.answer({ tool: 'memory_delete', input: { ids, permanent: true } });
  }
  await until(() => existsSync(path.join(directory, 'epochs', newestEpoch(directory), 'snapshot.json')));
}

function newestEpoch(directory: string): string {
  return readdirSync(path.join(directory, 'epochs')).toSorted().at(-1) ?? '';
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 120_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error('no snapshot was made within two minutes');
    await setTimeout(20);
  }
}
