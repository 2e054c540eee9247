import { memo } from './memo.ts';

// Marks that dress a letter (accents, Hebrew points, Arabic vowels) and characters that show nothing. Marks that
// are letters in their own right (Thai and Indic vowels, the voicing of kana) stay: without them words merge.
const DRESSING =
  /[\u0300-\u036f]|[\u0591-\u05c7]|[\u064b-\u065f]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]|\u0670|\u00ad|\u200c|\u200d|\u2060|\ufeff/g;

/**
 * The form under which spellings of a word are one: lower case, compatibility forms resolved, accents dropped
 * (Unicode NFKD without the marks, composed again so that Hangul stays in syllables).
 */
export function fold(word: string): string {
  return word
    .normalize('NFKD')
    .replace(DRESSING, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .normalize('NFC');
}

/** `fold` for words, which come back often. */
export const foldWord = memo(fold, 65_536);
