import type { Outcome } from '../../core/windows/autoFreeze/freezeDue.ts';
import { outcomeText } from '../../core/windows/autoFreeze/outcomeText.ts';
import { bullets } from '../views/markdown.ts';

/** What was frozen before a stop of the server, and what was not and why, as Markdown. */
export function freezeAllReport(outcomes: readonly Outcome[]): string {
  const lines = (isFrozen: boolean) =>
    outcomes
      .filter(({ kind }) => (kind === 'frozen') === isFrozen)
      .map((outcome) => `**${outcome.decision.session.title || 'Conversation'}**: ${outcomeText(outcome)}`);
  const [frozen, others] = [lines(true), lines(false)];
  return [
    `# Freeze of all conversations\n\n${freezeAllSummary(outcomes)}\n`,
    frozen.length === 0 ? '' : `\n## Frozen\n\n${bullets(frozen)}`,
    others.length === 0 ? '' : `\n## Not frozen\n\n${bullets(others)}`,
  ].join('');
}

/** `3 of 5 active conversations were frozen, 1 failed.` */
export function freezeAllSummary(outcomes: readonly Outcome[]): string {
  const count = (wanted: Outcome['kind']) => outcomes.filter(({ kind }) => kind === wanted).length;
  const [frozen, failed, cancelled] = [count('frozen'), count('failed'), count('cancelled')];
  const conversations = outcomes.length === 1 ? 'active conversation' : 'active conversations';
  return [
    `${frozen} of ${outcomes.length} ${conversations} ${frozen === 1 ? 'was' : 'were'} frozen`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ]
    .join(', ')
    .concat('.');
}
