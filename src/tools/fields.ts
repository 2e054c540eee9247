import * as z from 'zod';
import { limits } from '../core/limits.ts';

// What the fields and lines of more than one area of tools are made of.

/** The input of a list, besides what it is filtered and sorted by. */
export const pageFields = {
  limit: z.int().min(1).max(limits.listPage).optional().describe('default 50'),
  cursor: z.string().min(1).max(10_000).optional().describe('nextCursor of the page before'),
};

/** The line that tells of a next page, or nothing. */
export function moreLine(nextCursor: string | undefined): string[] {
  return nextCursor === undefined ? [] : [`More with cursor ${nextCursor}`];
}

export const Time = z.iso.datetime({ offset: true }).describe('ISO 8601');

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

/** Milliseconds since 1970 of a `Time`. */
export function milliseconds(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}

/** `1 memory`, `2 memories`. */
export function count(many: number, one: string, more = `${one}s`): string {
  return `${many} ${many === 1 ? one : more}`;
}
