import { asPermafrostError, cancelled, type ErrorAnswer, type PermafrostError } from '../core/errors.ts';
import type { ToolEnvironment } from './environment.ts';
import type { Answered, Tool } from './tool.ts';

/** What every caller gets, whether the work was done or refused. */
export type ToolAnswer =
  | ({ readonly isError: false } & Answered)
  | {
      readonly isError: true;
      readonly texts: readonly string[];
      readonly structuredContent: { readonly error: ErrorAnswer };
    };

/** Where failures that nobody expected are written down, with their causes. */
export type ReportInternal = (error: PermafrostError, tool: string) => void;

/**
 * Runs a tool: the only place that checks input and turns whatever goes wrong into an answer. It never throws.
 */
export async function runTool(
  tool: Tool,
  input: unknown,
  environment: ToolEnvironment,
  report: ReportInternal,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  try {
    if (signal.aborted) throw cancelled(tool.title);
    return { isError: false, ...(await tool.answer(input ?? {}, environment, signal)) };
  } catch (thrown) {
    const error = asPermafrostError(thrown);
    if (error.code === 'PF-9001') report(error, tool.name);
    return errorAnswer(error);
  }
}

export function errorAnswer(error: PermafrostError): ToolAnswer {
  return { isError: true, texts: [error.sentence], structuredContent: { error: error.toAnswer() } };
}
