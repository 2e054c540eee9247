import * as z from 'zod';
import type { CheckPage } from '../../core/windows/autoFreeze/autoFreeze.ts';
import type { Decision } from '../../core/windows/autoFreeze/decide.ts';
import { AutoFreezePolicy } from '../../core/windows/autoFreeze/policy.ts';
import { DECISION_KINDS } from '../../core/windows/autoFreeze/verdict.ts';
import { SESSION_STATES } from '../../core/windows/session.ts';
import { fitPage } from '../budget.ts';
import { count, moreLine, pageFields } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { policyText } from './policyText.ts';

const DecisionOutput = z.object({
  sessionId: z.string(),
  title: z.string(),
  state: z.enum(SESSION_STATES),
  model: z.string().nullable(),
  freeze: z.boolean().describe('whether it would be frozen now'),
  kind: z.enum(DECISION_KINDS).describe('why, or why not'),
  reason: z.string(),
  fillPercent: z.number().nullable().describe('of its context window; null when that is not known'),
  tokenCount: z.int().nullable(),
  maxModelLen: z.int().nullable(),
  idleMinutes: z.number(),
  cooldownLeftMinutes: z.number(),
});
type DecisionOutput = z.infer<typeof DecisionOutput>;

const Output = z.object({
  policy: AutoFreezePolicy,
  decisions: z.array(DecisionOutput),
  total: z.int(),
  nextCursor: z.string().optional(),
  notes: z.array(z.string()),
});
type Output = z.infer<typeof Output>;

export const autoFreezeCheck = defineTool({
  name: 'auto_freeze_check',
  title: 'Check auto-freeze',
  description:
    'Says for each session whether auto-freeze would freeze it now, and why or why not: how full its context window is, for how ' +
    'long nobody spoke, how long it is since it was frozen. Changes nothing. auto_freeze_config changes the policy.',
  area: 'windows',
  annotations: { readOnlyHint: true, openWorldHint: true },
  input: z.strictObject(pageFields),
  output: Output,
  run: async ({ limit = 50, cursor }, { context, maxTokens, signal }) => {
    const pages = await context.windows.autoFreeze.pages(signal);
    return fitPage(limit, maxTokens, (most) => pageOf(pages({ limit: most, cursor })));
  },
  text: readable,
});

function pageOf({ decisions, serverFailure, ...page }: CheckPage): Output {
  return {
    ...page,
    decisions: decisions.map(outputOf),
    notes: serverFailure === null ? [] : [`The server did not tell its limits: ${serverFailure.sentence}`],
  };
}

function outputOf({
  session,
  freeze,
  kind,
  reason,
  fillPercent,
  idleMs,
  cooldownLeftMs,
}: Decision): DecisionOutput {
  const { id, title, state, model, tokenCount, maxModelLen } = session;
  return {
    sessionId: id,
    title,
    state,
    model,
    freeze,
    kind,
    reason,
    fillPercent: fillPercent === null ? null : tenths(fillPercent),
    tokenCount,
    maxModelLen,
    idleMinutes: tenths(idleMs / 60_000),
    cooldownLeftMinutes: Math.ceil(cooldownLeftMs / 6_000) / 10,
  };
}

/** Cut, not rounded: 74.99 % is not 75 %. */
function tenths(value: number): number {
  return Math.floor(value * 10) / 10;
}

function readable({ policy, decisions, total, nextCursor, notes }: Output): string {
  return [
    policyText(policy),
    ...notes,
    `${decisions.length} of ${count(total, 'session')}:`,
    ...decisions.map(
      ({ sessionId, title, freeze, kind, reason }) =>
        `${sessionId} "${title}" ${freeze ? 'would be frozen' : 'stays'} (${kind}): ${reason}`,
    ),
    ...moreLine(nextCursor),
  ].join('\n');
}
