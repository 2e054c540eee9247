import { internal } from '../errors.ts';
import type { Row } from './sqlView.ts';

/** A column that the schema says is text. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw internal(`the column ${column} is not text`);
  return value;
}

/** A column that the schema says is a number. */
export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw internal(`the column ${column} is not a number`);
  return value;
}

/** A column that may be NULL; undefined when it is. */
export function optional<T>(read: (row: Row, column: string) => T, row: Row, column: string): T | undefined {
  return row[column] === null ? undefined : read(row, column);
}
