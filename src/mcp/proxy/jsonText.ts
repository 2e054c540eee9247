// Changes a JSON document in its text, so that all the rest stays as it came, to the byte: numbers (`1.0` and `1e-05`
// would become others by JSON.parse), the order of keys, escapes, spaces. Texts here have one character a byte
// (latin1), which leaves every sequence of UTF-8 alone: what is looked for is ASCII. They have to be valid JSON.

/** Where a value is. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object, by its key as it is written, and where its value is. */
interface Member extends Span {
  readonly key: string;
}

/** Puts another text in the place of a span. */
export interface Edit extends Span {
  readonly text: string;
}

export function applyEdits(text: string, edits: readonly Edit[]): string {
  let edited = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    edited += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return edited + text.slice(at);
}

/** The object of `text` with these members: in the place of those that are there, or at its end. */
export function withMembers(text: string, members: Readonly<Record<string, string>>): string {
  const object = rootOf(text);
  const present = [...membersOf(text, object.start)];
  const edits: Edit[] = present.flatMap(({ key, start, end }) => {
    const value = Object.hasOwn(members, key) ? members[key] : undefined;
    return value === undefined ? [] : [{ start, end, text: value }];
  });
  const added = Object.entries(members).filter(([name]) => !present.some(({ key }) => key === name));
  const written = added.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
  const comma = present.length > 0 && written !== '' ? ',' : '';
  return applyEdits(text, [...edits, { start: object.end - 1, end: object.end - 1, text: comma + written }]);
}

/** The text of a member of the root object; of the last one, as parsers take it, when there are several. */
export function memberOf(text: string, name: string): string | undefined {
  const found = [...membersOf(text, rootOf(text).start)].findLast(({ key }) => key === name);
  return found && text.slice(found.start, found.end);
}

/** Where the root value is. */
export function rootOf(text: string): Span {
  const start = afterSpace(text, 0);
  return { start, end: endOfValue(text, start) };
}

/** The members of the object that begins at `start`; none when something else does. */
export function* membersOf(text: string, start: number): Generator<Member> {
  if (text[start] !== '{') return;
  let at = afterSpace(text, start + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const value = afterSpace(text, afterSpace(text, keyEnd) + 1); // after the colon
    const end = endOfValue(text, value);
    yield { key: text.slice(at + 1, keyEnd - 1), start: value, end };
    at = afterComma(text, end);
  }
}

/** The elements of the array that begins at `start`; none when something else does. */
export function* elementsOf(text: string, start: number): Generator<Span> {
  if (text[start] !== '[') return;
  let at = afterSpace(text, start + 1);
  while (at < text.length && text[at] !== ']') {
    const end = endOfValue(text, at);
    yield { start: at, end };
    at = afterComma(text, end);
  }
}

function afterComma(text: string, at: number): number {
  const next = afterSpace(text, at);
  return text[next] === ',' ? afterSpace(text, next + 1) : next;
}

function afterSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && text.charCodeAt(next) <= 0x20) next += 1;
  return next;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  return first === '{' || first === '[' ? endOfNested(text, start) : endOfPlain(text, start);
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, start, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, start: number, at: number): boolean {
  let first = at;
  while (first - 1 > start && text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

const NESTING = /["[\]{}]/g;

function endOfNested(text: string, start: number): number {
  let depth = 0;
  NESTING.lastIndex = start;
  for (let found = NESTING.exec(text); found !== null; found = NESTING.exec(text)) {
    const { 0: mark, index } = found;
    if (mark === '"') NESTING.lastIndex = endOfString(text, index);
    else if (mark === '{' || mark === '[') depth += 1;
    else if (--depth === 0) return index + 1;
  }
  return text.length;
}

const PLAIN = /[^\s,\]}]*/y;

function endOfPlain(text: string, start: number): number {
  PLAIN.lastIndex = start;
  PLAIN.test(text);
  return Math.max(PLAIN.lastIndex, start + 1);
}
