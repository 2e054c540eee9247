import { stemmer } from 'stemmer';
import { memo } from './memo.ts';

const LATIN = /^[a-z]{3,}$/;

/**
 * The term under which a surface is indexed: the Porter stem of a Latin word, anything else as it is.
 * Porter, "An algorithm for suffix stripping", Program 14 (1980).
 */
export function stem(surface: string): string {
  return LATIN.test(surface) ? stemmer(surface) : surface;
}

/** `stem` for text that is not indexed, where the same words come back often. */
export const stemWord = memo(stem, 65_536);
