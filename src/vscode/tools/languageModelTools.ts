import * as vscode from 'vscode';
import { unknownTool } from '../../core/errors.ts';
import { runTool, type ReportInternal } from '../../tools/runTool.ts';
import type { Tool } from '../../tools/tool.ts';
import type { Contexts } from '../contexts/contexts.ts';
import { languageModelToolName } from '../contributions/languageModelTools.ts';
import type { LanguageModelTools } from '../shell/lazyTools.ts';
import { abortedBy } from '../views/cancellation.ts';
import { confirmationFor, withBudget } from './toolCall.ts';

/** The tools as agents of the editor call them: about the active folder's context. */
export function languageModelTools(
  tools: readonly Tool[],
  { environment }: Contexts,
  report: ReportInternal,
): LanguageModelTools {
  const named = (name: string): Tool => {
    const tool = tools.find((each) => languageModelToolName(each) === name);
    if (tool === undefined) throw unknownTool(name, tools.map(languageModelToolName));
    return tool;
  };
  return {
    prepare: (name, { input }) => {
      const tool = named(name);
      const confirmationMessages = confirmationFor(tool, input);
      return {
        invocationMessage: `Permafrost: ${tool.title}`,
        ...(confirmationMessages === undefined ? {} : { confirmationMessages }),
      };
    },
    // A refusal is an answer too, whose text begins with its code: the model reads it and takes the next step.
    invoke: async (name, { input, tokenizationOptions }, token) => {
      const budgeted = withBudget(input, tokenizationOptions?.tokenBudget);
      const { texts } = await abortedBy(token, (signal) =>
        runTool(named(name), budgeted, environment, report, signal),
      );
      return new vscode.LanguageModelToolResult(texts.map((text) => new vscode.LanguageModelTextPart(text)));
    },
  };
}
