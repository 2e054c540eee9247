import type { NewMemory } from '../../src/core/memory/memory.ts';
import type { Contest } from '../contest.ts';
import { RunningServer } from '../mcp/server.ts';
import type { Peer } from './peers.ts';

/** In all, half of them by each of two servers. */
export const WRITES = 400;

/** How many of `memories` each peer holds after two of its servers, over the same files at once, acknowledged half of them each. */
export async function keptBeside(ours: Peer, theirs: Peer, memories: readonly NewMemory[]): Promise<Contest> {
  return { subject: [await keptBy(ours, memories)], rival: [await keptBy(theirs, memories)] };
}

async function keptBy(peer: Peer, memories: readonly NewMemory[]): Promise<number> {
  const half = memories.length / 2;
  const [one, other] = [await RunningServer.start(peer.command), await RunningServer.start(peer.command)];
  await Promise.all([
    createAll(one, peer, memories.slice(0, half), 'one'),
    createAll(other, peer, memories.slice(half), 'other'),
  ]);
  await one.close();
  await other.close();
  return countAnew(peer);
}

/** One after the other, each acknowledged: an answer that is an error throws. */
async function createAll(
  server: RunningServer,
  peer: Peer,
  memories: readonly NewMemory[],
  writer: string,
): Promise<void> {
  for (const [at, memory] of memories.entries()) await server.answer(peer.create(memory, `${writer} ${at}`));
}

async function countAnew(peer: Peer): Promise<number> {
  const server = await RunningServer.start(peer.command);
  try {
    return await peer.count(server);
  } finally {
    await server.close();
  }
}
