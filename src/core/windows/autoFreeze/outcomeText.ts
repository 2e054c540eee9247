import type { Outcome } from './freezeDue.ts';

/** What became of a session and why, in a sentence or two. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.kind === 'frozen') return `Frozen as “${outcome.window.name}”: ${outcome.decision.reason}`;
  return `Not frozen: ${outcome.kind === 'failed' ? failureText(outcome) : WHY_NOT[outcome.kind](outcome)}`;
}

function failureText({ error, unnoted }: Extract<Outcome, { kind: 'failed' }>): string {
  return unnoted === undefined
    ? error.sentence
    : `${error.sentence} That could not be noted: ${unnoted.sentence}`;
}

const WHY_NOT = {
  left: ({ decision }: Outcome) => decision.reason,
  overtaken: () => 'somebody else froze, ended or changed it meanwhile.',
  cancelled: () => 'it was cancelled before.',
};
