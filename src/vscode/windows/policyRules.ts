import { AutoFreezePolicy, type PolicyChange } from '../../core/windows/autoFreeze/policy.ts';

export type RuleName = keyof AutoFreezePolicy;

/** A rule of the policy as a person reads it. */
interface Rule {
  readonly label: string;
  readonly value: (policy: AutoFreezePolicy) => string;
  readonly detail: string;
}

/** The rules of the auto-freeze policy, in the order in which they are offered. */
export const policyRules: Record<RuleName, Rule> = {
  enabled: {
    label: 'Freeze Conversations Automatically',
    value: ({ enabled }) => yesOrNo(enabled),
    detail: 'A frozen conversation goes on; the window keeps what was said so far.',
  },
  fillPercent: {
    label: 'Fill',
    value: ({ fillPercent }) => `${fillPercent} %`,
    detail: "Freeze when so much of the model's context window is filled (1 to 100).",
  },
  idleMinutes: {
    label: 'Idle Time',
    value: ({ idleMinutes }) => (idleMinutes === 0 ? 'never' : minutes(idleMinutes)),
    detail: 'Freeze when nothing was said for so many minutes (0 to 525600; 0: never for that).',
  },
  beforeStop: {
    label: 'Freeze All Takes Every Active Conversation',
    value: ({ beforeStop }) => yesOrNo(beforeStop),
    detail:
      'The command that you run before you stop the server; its windows stay until you delete them. No: only those that are full or idle.',
  },
  cooldownMinutes: {
    label: 'Cooldown',
    value: ({ cooldownMinutes }) => minutes(cooldownMinutes),
    detail: 'At least so many minutes between two freezes of one conversation (0 to 10080).',
  },
  maxKept: {
    label: 'Windows Kept',
    value: ({ maxKept }) => String(maxKept),
    detail:
      'So many automatic windows are kept (1 to 1000). Those that you rename, tag, thaw or clone are yours and do not count.',
  },
};

export const ruleNames = Object.keys(policyRules).filter((name): name is RuleName => name in policyRules);

/** The change that what a person typed makes; undefined when it does not fit the rule. */
export function typedChange(rule: RuleName, typed: string): PolicyChange | undefined {
  const value = typed.trim() === '' ? undefined : Number(typed);
  const change = AutoFreezePolicy.partial().safeParse({ [rule]: value });
  return value !== undefined && change.success ? change.data : undefined;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function minutes(count: number): string {
  return `${count} ${count === 1 ? 'minute' : 'minutes'}`;
}
