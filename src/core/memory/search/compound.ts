import { characterClass, DIGIT, JOINER, LETTER, UNDERSCORE, UPPER } from './characters.ts';

/** A part of a compound word: UTF-16 units of the text, end excluded. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** The parts of the compound at `start`..`end`: cut at underscores, joiners and the humps of camel case. */
export function compoundParts(text: string, start: number, end: number): Part[] {
  const parts: Part[] = [];
  let from = start;
  for (let at = start; at <= end; at++) {
    const joint = at === end || isJoint(text, at);
    if (!joint && !(at > from && isHump(text, at, end))) continue;
    if (at > from) parts.push({ start: from, end: at });
    from = joint ? at + 1 : at;
  }
  return parts;
}

/** The parts as one word. A joint between two digits stays: 1.2.3 is not 123. */
export function joinParts(text: string, parts: readonly Part[]): string {
  let whole = '';
  let before = -1;
  for (const { start, end } of parts) {
    if (before >= 0 && start > before && isDigit(text, before - 1) && isDigit(text, start)) {
      whole += text.charAt(before);
    }
    whole += text.slice(start, end);
    before = end;
  }
  return whole;
}

/** Whether the parts are a letter or two, as in a random key: mostly cut at humps, and not at joints as a version is. */
export function looksRandom(parts: readonly Part[]): boolean {
  const letters = parts.reduce((sum, part) => sum + part.end - part.start, 0);
  const humps = parts.filter(({ start }, at) => start === parts[at - 1]?.end).length;
  return letters < 3 * parts.length && 2 * humps >= parts.length - 1;
}

function isJoint(text: string, at: number): boolean {
  const kind = characterClass(text, at);
  return kind === UNDERSCORE || kind === JOINER;
}

function isDigit(text: string, at: number): boolean {
  return characterClass(text, at) === DIGIT;
}

/** Before `U` in `fetchUser` and `v2User`, before `S` in `HTTPServer`; not in `IDs`, a plural. */
function isHump(text: string, at: number, end: number): boolean {
  if (characterClass(text, at) !== UPPER) return false;
  const before = characterClass(text, at - 1);
  if (before !== UPPER) return before === LETTER || before === DIGIT;
  return at + 1 < end && characterClass(text, at + 1) === LETTER && !isPlural(text, at + 1, end);
}

function isPlural(text: string, at: number, end: number): boolean {
  return text.charAt(at) === 's' && (at + 1 === end || characterClass(text, at + 1) !== LETTER);
}
