import * as vscode from 'vscode';
import type { RunOptions } from '../../core/windows/autoFreeze/autoFreeze.ts';
import type { AutoFreezePolicy, PolicyChange } from '../../core/windows/autoFreeze/policy.ts';
import type { Outcome } from '../../core/windows/autoFreeze/freezeDue.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import { withProgress, type Progress } from '../views/progress.ts';
import type { Reports } from '../views/reports.ts';
import type { VllmConnections } from '../vllm/connections.ts';
import { freezeAllReport, freezeAllSummary } from './autoFreezeReport.ts';
import { policyRules, ruleNames, typedChange, type RuleName } from './policyRules.ts';

export interface AutoFreezeCommandsOptions {
  readonly contexts: Contexts;
  readonly connections: VllmConnections;
  readonly watch: ContextWatch;
  readonly reports: Reports;
}

/** The commands on what is frozen by policy. */
export class AutoFreezeCommands {
  readonly #options: AutoFreezeCommandsOptions;

  constructor(options: AutoFreezeCommandsOptions) {
    this.#options = options;
  }

  /** Freezes every active conversation, for a person who is about to stop the server. */
  readonly freezeAll = async (): Promise<void> => {
    const { contexts, connections, watch, reports } = this.#options;
    const { scope } = contexts;
    const context = await contexts.open(scope);
    await connections.settle(scope);
    const outcomes = await freezeWithProgress(context);
    watch.look();
    if (outcomes.length === 0) {
      void vscode.window.showInformationMessage('There is no active conversation to freeze.');
      return;
    }
    await reports.show('Freeze of All Conversations', freezeAllReport(outcomes));
    const isBad = outcomes.some(({ kind }) => kind === 'failed');
    const say = isBad ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    void say(freezeAllSummary(outcomes));
  };

  /** Lets the person change one rule after the other, until they leave. */
  readonly configure = async (): Promise<void> => {
    const { autoFreeze } = (await this.#options.contexts.open()).windows;
    for (;;) {
      const rule = await pickRule(autoFreeze.policy);
      if (rule === undefined) return;
      const change = await askChange(rule, autoFreeze.policy);
      if (change !== undefined) autoFreeze.configure(change);
    }
  };
}

function freezeWithProgress({ windows }: OpenContext): Thenable<Outcome[]> {
  return withProgress('Freezing all conversations', (signal, progress) =>
    windows.autoFreeze.run({ stopping: true, onNext: tell(progress) }, signal),
  );
}

function tell(progress: Progress): RunOptions['onNext'] {
  return ({ session }, done, due) =>
    progress.report({
      message: `${done + 1} of ${due}, “${session.title}”`,
      increment: done === 0 ? 0 : 100 / due,
    });
}

async function pickRule(policy: AutoFreezePolicy): Promise<RuleName | undefined> {
  const picks = ruleNames.map((rule) => {
    const { label, value, detail } = policyRules[rule];
    return { label, description: value(policy), detail, rule };
  });
  return (await vscode.window.showQuickPick(picks, { title: 'Auto-freeze of This Folder' }))?.rule;
}

/** Yes becomes no and no yes; a number is typed. */
async function askChange(rule: RuleName, policy: AutoFreezePolicy): Promise<PolicyChange | undefined> {
  const { label, detail } = policyRules[rule];
  const before = policy[rule];
  if (typeof before === 'boolean') return { [rule]: !before };
  const typed = await vscode.window.showInputBox({
    title: label,
    prompt: detail,
    value: String(before),
    validateInput: (value) => (typedChange(rule, value) === undefined ? detail : undefined),
  });
  return typed === undefined ? undefined : typedChange(rule, typed);
}
