import type { Disposable } from 'vscode';

/** What an owner has opened; closing the owner closes all of it, last opened first. */
export class DisposableStore implements Disposable {
  readonly #opened: Disposable[] = [];

  add<T extends Disposable>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  dispose(): void {
    for (const opened of this.#opened.splice(0).toReversed()) opened.dispose();
  }
}
