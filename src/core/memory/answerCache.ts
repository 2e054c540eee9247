import { ByteCache, type CacheCounts, type CacheLimits } from '../cache.ts';
import type { SqlReader } from '../store/sqlView.ts';
import type { RowFollower, Store } from '../store/store.ts';

/** `#position` while nothing is kept that could be given. */
const NOWHERE = -1;

/**
 * Keeps what queries answered, for exactly one position of the log: the rows are a function of the position, so the
 * same question has the same answer until any process commits anything. When the view is loaded anew, nothing is kept
 * (a commit that was damaged then may be whole by now), and a transaction neither gets nor leaves an answer, since
 * what it reads may never be committed.
 */
export class AnswerCache<Answer extends object> implements RowFollower {
  readonly #store: Store;
  readonly #answers: ByteCache<Answer>;
  /** Of the log, where all that is kept was answered. */
  #position = NOWHERE;

  constructor(store: Store, limits: CacheLimits) {
    this.#store = store;
    this.#answers = new ByteCache(limits);
    store.follow(this);
  }

  /**
   * The answer to a question, which nobody can change; `ask` finds it when it is not known.
   * @param isKept whether the rows alone decided the answer: what damaged files did is not kept
   */
  answer(
    question: object,
    ask: (view: SqlReader) => Answer,
    isKept: (answer: Answer) => boolean = () => true,
  ): Answer {
    return this.#store.read((view) => {
      if (this.#store.isWriting) return ask(view);
      this.#moveTo(this.#store.position);
      const key = JSON.stringify(question);
      const kept = this.#answers.get(key);
      if (kept !== undefined) return kept;
      const answer = ask(view);
      if (isKept(answer)) this.#answers.set(key, frozen(answer));
      return answer;
    });
  }

  /** The position of the log tells all there is to tell. */
  rowChanged(): void {}

  reset(): void {
    this.#moveTo(NOWHERE);
  }

  get counts(): CacheCounts {
    return this.#answers.counts;
  }

  #moveTo(position: number): void {
    if (this.#position !== position) this.#answers.clear();
    this.#position = position;
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
