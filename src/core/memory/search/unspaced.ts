import { characterClass, isLowSurrogate, MARK, UNSPACED } from './characters.ts';
import { fold } from './fold.ts';
import type { TokenVisitor } from './token.ts';

// A character and the marks upon it.
const UNIT = /\P{M}\p{M}*/gu;
// Longer runs are cut, so that an unpunctuated document of 50 MB is not folded in one piece.
const MAX_RUN = 4096;

/**
 * Gives the run at `start` of a script without spaces as overlapping pairs of characters, and its single
 * characters. Returns where the run ends. Places are exact unless folding changed the length of the run.
 */
export function visitUnspaced(text: string, start: number, visit: TokenVisitor): number {
  const end = runEnd(text, start);
  const run = fold(text.slice(start, end));
  const units = run.match(UNIT) ?? [run];
  // Folding may make a run longer (㈠ is three characters): what is beyond it stands at its last character.
  const last = isLowSurrogate(text, end - 1) ? end - 2 : end - 1;
  let at = start;
  units.forEach((unit, i) => {
    const next = units[i + 1];
    const after = Math.min(at + unit.length, end);
    visit(unit, 0, unit.length, units.length > 1 ? 'character' : 'gram', at, after);
    if (next !== undefined) {
      visit(unit + next, 0, unit.length + next.length, 'gram', at, Math.min(after + next.length, end));
    }
    at = Math.min(after, last);
  });
  return end;
}

function runEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_RUN);
  let end = start + 1;
  for (; end < limit; end++) {
    const kind = characterClass(text, end);
    if (kind !== UNSPACED && kind !== MARK) break;
  }
  return isLowSurrogate(text, end) ? end + 1 : end;
}
