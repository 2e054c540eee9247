import * as vscode from 'vscode';
import type { UseEngine } from './useEngine.ts';

/** What the engine does for the documents of memories. */
export type MemoryFiles = Pick<vscode.FileSystemProvider, 'stat' | 'readFile' | 'writeFile'> & {
  watch(uri: vscode.Uri): vscode.Disposable;
};

/** The file system of memories, there at once for documents that the editor restores. */
export class LazyFiles implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #engine: UseEngine;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();

  readonly onDidChangeFile = this.#changed.event;

  constructor(engine: UseEngine) {
    this.#engine = engine;
  }

  /** Tells the editor that documents are not as it saw them. */
  announce(events: vscode.FileChangeEvent[]): void {
    this.#changed.fire(events);
  }

  watch(uri: vscode.Uri): vscode.Disposable {
    const watching = this.#engine().then(
      ({ files }) => files.watch(uri),
      () => undefined, // Whoever reads the document is told.
    );
    return { dispose: () => void watching.then((watched) => watched?.dispose()) };
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return (await this.#engine()).files.stat(uri);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return (await this.#engine()).files.readFile(uri);
  }

  async writeFile(
    uri: vscode.Uri,
    content: Uint8Array,
    options: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void> {
    await (await this.#engine()).files.writeFile(uri, content, options);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  /** The sidebar deletes, where the word is explained and can be undone. */
  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
