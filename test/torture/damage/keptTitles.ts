import type { KeptView } from '../../../src/core/store/keptView.ts';
import type { SqlReader } from '../../../src/core/store/sqlView.ts';

/** A view that snapshots keep beside the database: all titles. What it keeps is easily told right from wrong. */
export class KeptTitles implements KeptView {
  readonly name = 'titles';
  readonly rowChanged = (): void => {};

  reset(): void {}

  restore(): boolean {
    return true;
  }

  keep(view: SqlReader): Uint8Array {
    return Buffer.from(JSON.stringify(view.all('SELECT id, title FROM memories ORDER BY row')));
  }
}
