import type { Child } from './child.ts';
import type { Answer, Order } from './order.ts';
import type { Random } from '../random.ts';

/** When a process is killed: from outside, or by itself right before a file operation, which hits also the short ones. */
export type Moment =
  | { readonly by: 'itself'; readonly beforeOperation: number }
  | { readonly by: 'another'; readonly afterAnswer: number; readonly microseconds: number };

/** @param answers how many answers it gives at most before it is killed */
export function randomMoment(random: Random, answers: number): Moment {
  if (random.chance(0.5)) return { by: 'itself', beforeOperation: random.below(10 + 15 * answers) };
  return { by: 'another', afterAnswer: random.below(answers), microseconds: random.below(1500) };
}

/**
 * Tells `child`, which has answered all so far, to do `orders`, and kills it at that moment.
 * @param due how many answers come when it is not killed before
 * @returns what it answered to them.
 */
export async function killAtWork(
  child: Child,
  orders: readonly Order[],
  moment: Moment,
  due = orders.length,
): Promise<readonly Answer[]> {
  const { heard } = child;
  const at = moment.by === 'itself' ? moment.beforeOperation : -1;
  child.tell({ do: 'signal itself', signal: 'SIGKILL', at }, ...orders);
  // That it will signal itself is an answer, too.
  const before = heard + 1;
  await child.answered(before + (moment.by === 'itself' ? due : moment.afterAnswer));
  if (moment.by === 'another') spin(moment.microseconds);
  await child.kill();
  return (await child.answered(0)).slice(before);
}

/** A timer would come back only after a millisecond or more. */
function spin(microseconds: number): void {
  const until = process.hrtime.bigint() + BigInt(microseconds) * 1000n;
  while (process.hrtime.bigint() < until);
}
