import { createHash } from 'node:crypto';
import * as z from 'zod';
import { invalidInput } from './errors.ts';

const Keys = z.array(z.union([z.string(), z.number()]));
export type KeyKind = 'string' | 'number';
export type CursorKeys = z.infer<typeof Keys>;

/**
 * A cursor names the sort keys of the last row that was given, so that the next page begins right after it,
 * whatever came or went meanwhile. `scope` is what the keys mean (sort and filter): a cursor of another scope
 * is refused. It is kept as a digest: a filter may be longer than a cursor that comes back.
 */
export function encodeCursor(scope: string, keys: CursorKeys): string {
  return Buffer.from(JSON.stringify([digestOf(scope), ...keys])).toString('base64url');
}

/**
 * The keys in a cursor.
 * @param kinds what each of the keys is
 * @throws PF-1001 when `cursor` was not given for the same `scope`.
 */
export function decodeCursor(scope: string, cursor: string, kinds: readonly KeyKind[]): CursorKeys {
  const parsed = Keys.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  const keys = parsed.success ? parsed.data.slice(1) : [];
  const fits = keys.length === kinds.length && keys.every((key, at) => typeof key === kinds[at]);
  if (fits && encodeCursor(scope, keys) === cursor) return keys;
  throw invalidInput('The cursor does not belong to this list.', 'Leave it out to begin at the first page.');
}

/** SHA-256. */
function digestOf(scope: string): string {
  return createHash('sha256').update(scope).digest('base64url');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON, so not a cursor: the caller says so.
  }
}
