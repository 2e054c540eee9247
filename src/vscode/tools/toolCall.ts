import * as z from 'zod';
import type { Tool } from '../../tools/tool.ts';

/** The most that tools take as `maxTokens`. */
const MOST_TOKENS = 10_000_000;

const Input = z.looseObject({});

/** The input with the caller's token budget, unless it names one itself. */
export function withBudget(input: unknown, budget: number | undefined): unknown {
  const fields = Input.safeParse(input ?? {});
  if (!fields.success || budget === undefined || budget < 1) return input;
  if ((fields.data['maxTokens'] ?? null) !== null) return input;
  return { ...fields.data, maxTokens: Math.min(Math.floor(budget), MOST_TOKENS) };
}

export interface Confirmation {
  readonly title: string;
  readonly message: string;
}

/**
 * What the person is asked before the tool runs; undefined for whatever can be brought back. Where a tool has
 * `permanent`, only that deletes for good.
 */
export function confirmationFor(tool: Tool, input: unknown): Confirmation | undefined {
  if (tool.annotations.destructiveHint !== true) return undefined;
  const fields = Input.safeParse(input).data ?? {};
  if ('permanent' in tool.input.shape && fields['permanent'] !== true) return undefined;
  return { title: `${tool.title}?`, message: 'This deletes for good; it cannot be undone.' };
}
