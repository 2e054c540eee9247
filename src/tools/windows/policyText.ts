import type { AutoFreezePolicy } from '../../core/windows/autoFreeze/policy.ts';

/** A policy in a few sentences. */
export function policyText(policy: AutoFreezePolicy): string {
  const { enabled, fillPercent, idleMinutes, beforeStop, cooldownMinutes, maxKept } = policy;
  const idle = idleMinutes === 0 ? '' : ` or idle for ${idleMinutes} minutes`;
  return [
    `Auto-freeze is ${enabled ? 'on' : 'off'}.`,
    `${enabled ? 'It freezes' : 'When on, it freezes'} a conversation that is ${fillPercent} % filled${idle}, and again after`,
    `${cooldownMinutes} minutes at the earliest. It keeps ${maxKept} windows that nobody has touched.`,
    `"Freeze All Conversations" takes ${beforeStop ? 'every active one' : 'only those that are full or idle'},`,
    'and its windows stay until somebody deletes them.',
  ].join(' ');
}
