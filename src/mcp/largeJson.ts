import { randomUUID } from 'node:crypto';

/** A string is long from so many bytes on. */
const LONG = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LOWER_U = 0x75;

/** What stands for a character after a backslash (RFC 8259, section 7). */
const ESCAPES = new Map(
  [...'"\\/bfnrt'].map((letter, at) => [letter.charCodeAt(0), '"\\/\b\f\n\r\t'.charCodeAt(at)]),
);

/**
 * `JSON.parse` for one large message as UTF-8. The usual way has the text of the whole message and each string of it
 * in memory at once, beside the bytes; here long strings are made from the bytes alone, which are overwritten.
 * @param long bytes from which a string is taken out
 * @throws SyntaxError when `bytes` is not JSON
 */
export function parseLargeJson(bytes: Buffer, long = LONG): unknown {
  const found = bytes.length < long ? [] : [...longStrings(bytes, long)];
  if (found.length === 0) return JSON.parse(bytes.toString());
  const mark = randomUUID();
  const texts = new Map<unknown, string>();
  let frame = '';
  let at = 0;
  for (const { start, end } of found) {
    const name = `${mark}-${texts.size}`;
    frame += bytes.toString('utf8', at, start) + name;
    texts.set(name, unescaped(bytes, start, end));
    at = end;
  }
  frame += bytes.toString('utf8', at);
  return JSON.parse(frame, (_key, value: unknown) => texts.get(value) ?? value);
}

/** The inside of a string. */
interface Inside {
  readonly start: number;
  /** Where the closing quote is. */
  readonly end: number;
}

/** The long strings that are values. What is wrong in any way is left to `JSON.parse`. */
function* longStrings(bytes: Buffer, long: number): Generator<Inside> {
  for (let open = bytes.indexOf(QUOTE); open !== -1;) {
    const start = open + 1;
    const end = closingQuote(bytes, start);
    if (end === -1) return;
    if (end - start >= long && !isKey(bytes, end) && isWhole(bytes, start, end)) yield { start, end };
    open = bytes.indexOf(QUOTE, end + 1);
  }
}

function closingQuote(bytes: Buffer, start: number): number {
  let quote = bytes.indexOf(QUOTE, start);
  while (quote !== -1 && isEscaped(bytes, start, quote)) quote = bytes.indexOf(QUOTE, quote + 1);
  return quote;
}

function isEscaped(bytes: Buffer, start: number, at: number): boolean {
  let first = at;
  while (first > start && bytes[first - 1] === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

function isKey(bytes: Buffer, closing: number): boolean {
  let at = closing + 1;
  while (at < bytes.length && (bytes[at] ?? 0) <= 0x20) at += 1;
  return bytes[at] === COLON;
}

/** Whether all is as JSON has it, and each surrogate has its other half, so that it has a form in UTF-8. */
function isWhole(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20) return false;
    if (byte !== BACKSLASH) continue;
    const length = escapeLength(bytes, at, end);
    if (length === 0) return false;
    at += length - 1;
  }
  return true;
}

/** Bytes of the escape at `at`, a pair of surrogates being one; 0 when it is none. */
function escapeLength(bytes: Buffer, at: number, end: number): number {
  const letter = bytes[at + 1] ?? 0;
  if (letter !== LOWER_U) return ESCAPES.has(letter) ? 2 : 0;
  const unit = unitAt(bytes, at, end);
  if (unit === undefined || (unit >= 0xdc00 && unit <= 0xdfff)) return 0;
  if (unit < 0xd800 || unit > 0xdfff) return 6;
  const low = unitAt(bytes, at + 6, end) ?? 0;
  return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
}

/** The UTF-16 unit of the escape `\uXXXX` at `at`. */
function unitAt(bytes: Buffer, at: number, end: number): number | undefined {
  const escape = at + 6 <= end ? bytes.toString('latin1', at, at + 6) : '';
  return /^\\u[0-9a-fA-F]{4}$/.test(escape) ? Number.parseInt(escape.slice(2), 16) : undefined;
}

/** The string inside `start` and `end`: its escapes are resolved in place, since none is shorter than what it stands for. */
function unescaped(bytes: Buffer, start: number, end: number): string {
  let written = start;
  for (let at = start; at < end;) {
    const escape = bytes.indexOf(BACKSLASH, at);
    const plain = escape === -1 || escape > end ? end : escape;
    bytes.copyWithin(written, at, plain);
    written += plain - at;
    at = plain;
    if (plain === end) break;
    const length = escapeLength(bytes, at, end);
    written += writeEscape(bytes, at, length, written);
    at += length;
  }
  return bytes.toString('utf8', start, written);
}

function writeEscape(bytes: Buffer, at: number, length: number, to: number): number {
  const simple = ESCAPES.get(bytes[at + 1] ?? 0);
  if (length === 2 && simple !== undefined) return bytes.writeUInt8(simple, to) - to;
  return bytes.write(String(JSON.parse(`"${bytes.toString('latin1', at, at + length)}"`)), to);
}
