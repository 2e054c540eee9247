import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';

/** The samples of two sides that were measured in turns, as processes that measure print them. */
export const Contest = z.object({
  subject: z.array(z.number()).readonly(),
  rival: z.array(z.number()).readonly(),
});
export type Contest = z.infer<typeof Contest>;

/** Does the work of a turn; gives the milliseconds that it took. */
export type Side = (turn: number) => number | Promise<number>;

export interface Rounds {
  readonly rounds: number;
  /** Turns that one side has before it is the other one's: enough for its own caches to matter. */
  readonly turns: number;
  /** Rounds at the beginning that are not counted. */
  readonly warmUp: number;
}

/** Measures both sides in alternating rounds, each beginning every other one, so that noise hits both alike. */
export async function contest(
  { rounds, turns, warmUp }: Rounds,
  subject: Side,
  rival: Side,
): Promise<Contest> {
  const samples = { subject: new Array<number>(), rival: new Array<number>() };
  for (let round = -warmUp; round < rounds; round++) {
    const first = (round + warmUp) * turns;
    const play = async (side: Side, into: number[]): Promise<void> => {
      const taken = await measure(side, turns, first);
      if (round >= 0) into.push(...taken);
    };
    if (round % 2 === 0) await play(subject, samples.subject);
    await play(rival, samples.rival);
    if (round % 2 !== 0) await play(subject, samples.subject);
    // For what goes on beside the turns: a snapshot's end is met, say, and another one can be begun.
    await setImmediate();
  }
  return samples;
}

/** The milliseconds of each of `turns` turns in a row. */
export async function measure(side: Side, turns: number, first = 0): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = first; turn < first + turns; turn++) {
    const milliseconds = side(turn);
    // Waiting for what is there already would cost as much as a read does.
    taken.push(typeof milliseconds === 'number' ? milliseconds : await milliseconds);
  }
  return taken;
}

/** A side whose work is synchronous. @throws when the work does not give what it should: then nothing was measured. */
export function timed<T>(work: (turn: number) => T, gives: (outcome: T) => boolean): Side {
  return (turn) => {
    const begun = performance.now();
    const outcome = work(turn);
    const milliseconds = performance.now() - begun;
    if (!gives(outcome)) throw new Error(`turn ${turn} did not do its work: ${JSON.stringify(outcome)}`);
    return milliseconds;
  };
}
