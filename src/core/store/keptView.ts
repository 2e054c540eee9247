import type { RowFollower } from './store.ts';
import type { SqlReader } from './sqlView.ts';

/** Something derived from the rows, which a snapshot keeps beside the database so that opening need not derive it again. */
export interface KeptView extends RowFollower {
  /** The name of its file: lower case letters. */
  readonly name: string;
  /**
   * Begins from what `keep` gave, for the rows of that moment.
   * @returns false when the bytes cannot be used (another format): then it begins from nothing.
   */
  restore(bytes: Uint8Array): boolean;
  /** Everything for `restore`, after taking in what changed. */
  keep(view: SqlReader): Uint8Array;
}
