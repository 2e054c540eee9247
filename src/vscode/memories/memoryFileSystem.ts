import * as vscode from 'vscode';
import { asPermafrostError, memoryNotFound, PermafrostError } from '../../core/errors.ts';
import { changeOf, formatDocument, parseDocument } from '../../core/memory/document.ts';
import type { Memory } from '../../core/memory/memory.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import type { MemoryFiles } from '../shell/lazyFiles.ts';
import { addressIn, memoryPath, SCHEME, type MemoryAddress } from './memoryUri.ts';

/** The document of a memory. */
export function memoryUri(context: OpenContext, { id, title }: Pick<Memory, 'id' | 'title'>): vscode.Uri {
  const address = { context: context.identity.id, memory: id };
  return vscode.Uri.from({ scheme: SCHEME, path: memoryPath(address, title) });
}

/** Memories as files, so that the editor's own opening, saving and conflict handling work on them. */
export class MemoryFileSystem implements MemoryFiles, vscode.Disposable {
  readonly #contexts: Contexts;
  readonly #watch: ContextWatch;
  readonly #announce: (events: vscode.FileChangeEvent[]) => void;
  readonly #listening: vscode.Disposable;
  /** The version that the editor saw last, by URI: saving overwrites that one and no other. */
  readonly #seen = new Map<string, number>();

  /** @param announce tells the editor that documents are not as it saw them */
  constructor(contexts: Contexts, watch: ContextWatch, announce: (events: vscode.FileChangeEvent[]) => void) {
    this.#contexts = contexts;
    this.#watch = watch;
    this.#announce = announce;
    this.#listening = watch.onDidChange((context) => this.#compare(context));
  }

  /** Follows the memory for as long as the editor shows it. */
  watch(uri: vscode.Uri): vscode.Disposable {
    const watching = this.#contexts.openById(addressOf(uri).context).then(
      (context) => this.#watch.watch(context),
      () => undefined, // Whoever reads the document is told why it cannot be opened.
    );
    return {
      dispose: () => {
        this.#seen.delete(uri.toString());
        void watching.then((watched) => watched?.dispose());
      },
    };
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { memory } = await this.#read(uri);
    this.#seen.set(uri.toString(), memory.version);
    return {
      type: vscode.FileType.File,
      ctime: memory.createdAt,
      // The editor takes a larger time for a newer file: it grows with the version, whatever clocks do.
      mtime: memory.createdAt + memory.version,
      size: Buffer.byteLength(formatDocument(memory)),
      ...(memory.archived ? { permissions: vscode.FilePermission.Readonly } : {}),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const { memory } = await this.#read(uri);
    this.#seen.set(uri.toString(), memory.version);
    return Buffer.from(formatDocument(memory));
  }

  async writeFile(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
    const { context, memory } = await this.#read(uri);
    await saying(async () => {
      const change = changeOf(memory, parseDocument(new TextDecoder('utf-8', UTF8).decode(bytes)));
      const { version } = context.memories.update(
        memory.id,
        change,
        this.#seen.get(uri.toString()) ?? memory.version,
      );
      this.#seen.set(uri.toString(), version);
    });
    this.#watch.look();
  }

  dispose(): void {
    this.#listening.dispose();
  }

  async #read(uri: vscode.Uri): Promise<{ context: OpenContext; memory: Memory }> {
    const { context: id, memory: memoryId } = addressOf(uri);
    const context = await saying(() => this.#contexts.openById(id));
    const [memory] = context.memories.read([memoryId]).memories;
    if (memory === undefined) throw vscode.FileSystemError.FileNotFound(memoryNotFound(memoryId).message);
    return { context, memory };
  }

  /** Tells the editor which of the documents that it shows are not as it saw them. */
  #compare(context: OpenContext): void {
    const events = [...this.#seen].flatMap(([text, version]) =>
      eventFor(context, vscode.Uri.parse(text), version),
    );
    if (events.length > 0) this.#announce(events);
  }
}

const UTF8 = { fatal: true, ignoreBOM: true };

function addressOf(uri: vscode.Uri): MemoryAddress {
  const address = addressIn(uri.path);
  if (address === undefined) throw vscode.FileSystemError.FileNotFound(uri);
  return address;
}

function eventFor(context: OpenContext, uri: vscode.Uri, seen: number): vscode.FileChangeEvent[] {
  const { context: id, memory: memoryId } = addressOf(uri);
  if (id !== context.identity.id) return [];
  const [memory] = context.memories.summaries([memoryId]).memories;
  if (memory?.version === seen) return [];
  return [
    { uri, type: memory === undefined ? vscode.FileChangeType.Deleted : vscode.FileChangeType.Changed },
  ];
}

/** Errors in the form that the editor shows in full: what was wrong and what to do. */
async function saying<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof PermafrostError)) throw asPermafrostError(thrown);
    const { code, message, facts } = thrown;
    throw new vscode.FileSystemError(`${code}: ${[message, facts.hint].filter(Boolean).join(' ')}`);
  }
}
