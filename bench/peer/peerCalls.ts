import type { NewMemory } from '../../src/core/memory/memory.ts';
import type { Rounds } from '../contest.ts';
import type { ToolCall } from '../mcp/server.ts';
import { scattered } from '../memory/contestant.ts';
import type { GoalAt } from '../result.ts';
import type { Peer } from './peers.ts';

/** What peers are asked about. */
export interface Questions {
  /** To search by: each occurs in one of the memories at least. */
  readonly phrases: readonly string[];
  /** Memories that are not there yet. */
  readonly fresh: readonly NewMemory[];
}

/** A call whose answers are timed at both peers. */
export interface PeerCall {
  readonly name: string;
  readonly rounds: Rounds;
  readonly goals: readonly GoalAt[];
  readonly ask: (peer: Peer, questions: Questions, turn: number) => ToolCall;
}

/** The first 60 calls of each side are not counted: until then V8 and SQLite compile what they run. */
const MANY: Rounds = { rounds: 10, turns: 5, warmUp: 12 };
/**
 * A search runs more code than the others: the first 300 take longer, and of so few as 150 more the p50 was another by half
 * from run to run. None of them asks what another one did.
 */
const SEARCHES: Rounds = { rounds: 20, turns: 25, warmUp: 12 };
/** A listing of everything takes a second. */
const FEW: Rounds = { rounds: 5, turns: 1, warmUp: 1 };

const FIFTY_TIMES_FASTER: readonly GoalAt[] = [{ of: 'p50 ratio', atMost: 0.02, at: 10_000 }];

export const PEER_CALLS: readonly PeerCall[] = [
  {
    name: 'peer create',
    rounds: MANY,
    goals: FIFTY_TIMES_FASTER,
    ask: (peer, { fresh }, turn) => peer.create(scattered(fresh, turn), `new ${turn}`),
  },
  {
    name: 'peer search',
    rounds: SEARCHES,
    goals: FIFTY_TIMES_FASTER,
    ask: (peer, { phrases }, turn) => peer.search(scattered(phrases, turn)),
  },
  {
    name: 'peer read',
    rounds: MANY,
    goals: FIFTY_TIMES_FASTER,
    ask: (peer, _questions, turn) => peer.read(scattered(peer.keys, turn)),
  },
  { name: 'peer list', rounds: FEW, goals: [], ask: (peer) => peer.list },
];
