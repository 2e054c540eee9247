import * as z from 'zod';
import { text } from '../../store/row.ts';
import type { SqlReader } from '../../store/sqlView.ts';
import type { Transaction } from '../../store/transaction.ts';

/** When the conversations of a context are frozen by themselves. */
export const AutoFreezePolicy = z.object({
  enabled: z.boolean().describe('whether anything is frozen by itself'),
  fillPercent: z
    .int()
    .min(1)
    .max(100)
    .describe("freeze when so much of the model's context window is filled, in percent"),
  idleMinutes: z
    .int()
    .min(0)
    .max(525_600)
    .describe('freeze when nothing was said for so long, however full it is; 0: never for that'),
  beforeStop: z
    .boolean()
    .describe(
      'whether "Freeze All Conversations", run before the server is stopped, freezes every active one; ' +
        'false: only those that are full or idle. Its windows stay until somebody deletes them',
    ),
  cooldownMinutes: z
    .int()
    .min(0)
    .max(10_080)
    .describe('the least time between two freezes of one conversation by itself'),
  maxKept: z
    .int()
    .min(1)
    .max(1_000)
    .describe(
      'how many windows frozen by themselves are kept; those used least recently are archived, and deleted for good ' +
        'after a week or more unless somebody has touched them',
    ),
});
export type AutoFreezePolicy = z.infer<typeof AutoFreezePolicy>;

/** Any of its rules; what is left out stays. */
export type PolicyChange = { readonly [Rule in keyof AutoFreezePolicy]?: AutoFreezePolicy[Rule] | undefined };

/** Off until somebody turns it on: what freezes by itself has to be asked for once. */
export const DEFAULT_POLICY: AutoFreezePolicy = {
  enabled: false,
  fillPercent: 75,
  idleMinutes: 60,
  beforeStop: true,
  cooldownMinutes: 30,
  maxKept: 20,
};

/** The policy of the context. */
export function policyIn(view: SqlReader): AutoFreezePolicy {
  const row = view.first('SELECT policy FROM auto_freeze_policy');
  if (row === undefined) return DEFAULT_POLICY;
  return AutoFreezePolicy.parse({ ...DEFAULT_POLICY, ...Kept.parse(JSON.parse(text(row, 'policy'))) });
}

const Kept = AutoFreezePolicy.partial();

/** Writes what differs; a change that changes nothing is no commit. Gives the policy that holds now. */
export function changePolicy(tx: Transaction, change: PolicyChange): AutoFreezePolicy {
  const before = policyIn(tx);
  const stated = Object.entries(change).filter(([, value]) => value !== undefined);
  const after = AutoFreezePolicy.parse({ ...before, ...Object.fromEntries(stated) });
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    tx.run('INSERT OR REPLACE INTO auto_freeze_policy (row, policy) VALUES (1, ?)', [JSON.stringify(after)]);
  }
  return after;
}
