import * as vscode from 'vscode';
import { asPermafrostError, memoryNotFound, PermafrostError, versionConflict } from '../../core/errors.ts';
import { changeOf, formatDocument, parseDocument } from '../../core/memory/document.ts';
import type { Memory } from '../../core/memory/memory.ts';
import type { OpenContext } from '../../tools/environment.ts';
import type { Contexts } from '../contexts/contexts.ts';
import type { ContextWatch } from '../contexts/contextWatch.ts';
import type { MemoryFiles } from '../shell/lazyFiles.ts';
import { addressIn, memoryUriParts, SCHEME, type MemoryAddress } from './memoryUri.ts';

/** The document of a memory. */
export function memoryUri(context: OpenContext, { id, title }: Pick<Memory, 'id' | 'title'>): vscode.Uri {
  const address = { context: context.identity.id, memory: id };
  return vscode.Uri.from({ scheme: SCHEME, ...memoryUriParts(address, context.identity.name, title) });
}

/** Memories as files, so that the editor's own opening, saving and conflict handling work on them. */
export class MemoryFileSystem implements MemoryFiles, vscode.Disposable {
  readonly #contexts: Pick<Contexts, 'openById'>;
  readonly #watch: Watch;
  readonly #announce: (events: vscode.FileChangeEvent[]) => void;
  readonly #log: Log;
  readonly #listening: vscode.Disposable;
  /** What the editor read or wrote last, by URI. */
  readonly #known = new Map<string, Revision>();

  /** @param announce tells the editor that documents are not as it saw them */
  constructor(
    contexts: Pick<Contexts, 'openById'>,
    watch: Watch,
    announce: (events: vscode.FileChangeEvent[]) => void,
    log: Log,
  ) {
    this.#log = log;
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
        this.#known.delete(uri.toString());
        void watching.then((watched) => watched?.dispose());
      },
    };
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { memory } = await this.#read(uri);
    return {
      type: vscode.FileType.File,
      ctime: memory.createdAt,
      // The editor takes a larger time for a newer file: it grows with the version, whatever clocks do.
      mtime: memory.createdAt + memory.version,
      size: revisionOf(memory).size,
      ...(memory.archived ? { permissions: vscode.FilePermission.Readonly } : {}),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const { memory } = await this.#read(uri);
    this.#known.set(uri.toString(), revisionOf(memory));
    return Buffer.from(formatDocument(memory));
  }

  async writeFile(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
    const { context, memory } = await this.#read(uri);
    await saying(async () => {
      refuseUnnoticed(memory, this.#known.get(uri.toString()));
      const change = changeOf(memory, parseDocument(new TextDecoder('utf-8', UTF8).decode(bytes)));
      const written = context.memories.update(memory.id, change, memory.version);
      this.#known.set(uri.toString(), revisionOf(written));
    });
    this.#watch.look();
  }

  dispose(): void {
    this.#listening.dispose();
  }

  async #read(uri: vscode.Uri): Promise<{ context: OpenContext; memory: Memory }> {
    const { context: id, memory: memoryId } = addressOf(uri);
    const context = await saying(() => this.#contexts.openById(id));
    const [memory] = await saying(async () => context.memories.read([memoryId]).memories);
    if (memory === undefined) throw vscode.FileSystemError.FileNotFound(memoryNotFound(memoryId).message);
    return { context, memory };
  }

  /** Tells the editor which of the documents that it shows are not as it saw them. */
  #compare(context: OpenContext): void {
    try {
      const events = [...this.#known].flatMap(([text, { version }]) =>
        eventFor(context, vscode.Uri.parse(text), version),
      );
      if (events.length > 0) this.#announce(events);
    } catch (thrown) {
      this.#log.error('The open memories cannot be compared with what is kept:', thrown);
    }
  }
}

type Log = Pick<vscode.LogOutputChannel, 'error'>;
type Watch = Pick<ContextWatch, 'watch' | 'look' | 'onDidChange'>;

/** What is remembered of a document to tell whether it changed, and whether the editor can see that. */
interface Revision {
  readonly version: number;
  /** Bytes of the whole document. */
  readonly size: number;
}

function revisionOf(memory: Memory): Revision {
  return { version: memory.version, size: Buffer.byteLength(formatDocument(memory)) };
}

/**
 * The editor asks the person before it overwrites a document that is newer than it knows, but only when its size
 * is another one too. @throws PF-3001 when somebody changed the memory and the editor cannot have noticed.
 */
function refuseUnnoticed(memory: Memory, known: Revision | undefined): void {
  const { version, size } = revisionOf(memory);
  if (known === undefined || known.version === version || known.size !== size) return;
  throw versionConflict(memory.id, known.version, version);
}

const UTF8 = { fatal: true, ignoreBOM: true };

function addressOf(uri: vscode.Uri): MemoryAddress {
  const address = addressIn(uri);
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
    throw new vscode.FileSystemError(thrown.sentence);
  }
}
