import { ASSISTANT_TOKEN, END_TOKEN, pieceId, WORD_PIECES } from './tokenizer.ts';

export interface Candidate {
  readonly tokenId: number;
  readonly logprob: number;
}

const CANDIDATES = [...new Set([...WORD_PIECES, '.'].map(pieceId))];

/**
 * The next token's candidates, likeliest first. They depend on every token before and on nothing else, so a
 * context that was restored wrongly shows in them.
 */
export class LanguageModel {
  #state = 0x811c9dc5;
  #last = -1;

  constructor(weights: number) {
    this.#state ^= weights;
  }

  /** Reads tokens (FNV-1a over them, 32 bits). */
  read(tokenIds: readonly number[]): void {
    for (const tokenId of tokenIds) {
      this.#state = Math.imul(this.#state ^ tokenId, 0x01000193);
      this.#last = tokenId;
    }
  }

  next(): Candidate[] {
    const logits = CANDIDATES.map((tokenId) => ({ tokenId, logit: 8 * this.#random(tokenId) }));
    // An answer has words before it ends.
    const end = this.#last === ASSISTANT_TOKEN ? -8 : 9 * this.#random(END_TOKEN) - 1;
    const all = [...logits, { tokenId: END_TOKEN, logit: end }];
    const norm = Math.log(all.reduce((sum, { logit }) => sum + Math.exp(logit), 0));
    return all
      .map(({ tokenId, logit }) => ({ tokenId, logprob: logit - norm }))
      .toSorted((a, b) => b.logprob - a.logprob || a.tokenId - b.tokenId);
  }

  /** A number in [0, 1) that belongs to this state and token (the finalizer of MurmurHash3). */
  #random(tokenId: number): number {
    let hash = this.#state ^ Math.imul(tokenId + 1, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
  }
}
