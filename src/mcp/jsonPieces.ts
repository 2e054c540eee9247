import { randomUUID } from 'node:crypto';

/** A string is long, and is written in pieces, from so many UTF-16 units on. */
const LONG = 1024 * 1024;
const PIECE = 64 * 1024;

/**
 * The JSON of `value` in pieces, so that long strings are never in memory a second time as a whole. A surrogate pair
 * that is cut is escaped half by half, which JSON allows (RFC 8259, section 7).
 * @param long UTF-16 units from which a string is cut
 */
export function* jsonPieces(value: unknown, long = LONG): Generator<string> {
  if (!hasLong(value, long)) {
    yield JSON.stringify(value);
    return;
  }
  const mark = randomUUID();
  const texts: string[] = [];
  const frame = JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'string' && field.length >= long ? `${mark}${texts.push(field)}${mark}` : field,
  );
  // What is between two marks is a number in the order of `texts`.
  for (const [at, part] of frame.split(mark).entries()) {
    if (at % 2 === 0) yield part;
    else yield* piecesOf(texts[(at - 1) / 2] ?? '');
  }
}

function hasLong(value: unknown, long: number): boolean {
  if (typeof value === 'string') return value.length >= long;
  return (
    typeof value === 'object' && value !== null && Object.values(value).some((field) => hasLong(field, long))
  );
}

function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += PIECE) {
    yield JSON.stringify(text.slice(at, at + PIECE)).slice(1, -1);
  }
}
