import type * as z from 'zod';
import { invalidInput, type PermafrostError } from '../core/errors.ts';

const ISSUES_SHOWN = 5;

/**
 * Parses what a caller sent.
 * @param accepted the names of all fields that the tool takes, for the message
 * @throws PF-1001 that says which fields do not fit and why.
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  tool: string,
  accepted: readonly string[],
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw inputError(parsed.error, tool, accepted);
}

function inputError(error: z.ZodError, tool: string, accepted: readonly string[]): PermafrostError {
  const issues = error.issues.slice(0, ISSUES_SHOWN).map(describeIssue);
  const more =
    error.issues.length > issues.length ? ` (and ${error.issues.length - issues.length} more)` : '';
  return invalidInput(
    `The input of ${tool} does not fit: ${issues.join('; ')}${more}.`,
    `It takes ${accepted.join(', ')}. Nothing was changed.`,
  );
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const at = path.replace(/^\./, '');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => `"${key}"`).join(', ');
    return `unknown ${issue.keys.length === 1 ? 'field' : 'fields'} ${unknown}${at === '' ? '' : ` in ${at}`}`;
  }
  return at === '' ? issue.message : `${at}: ${issue.message}`;
}
