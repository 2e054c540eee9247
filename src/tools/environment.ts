import { ambiguousContext, contextNotAllowed, contextReadOnly } from '../core/errors.ts';
import type { Stores } from '../core/contexts/stores.ts';
import type { ContextIdentity } from '../core/log/identity.ts';
import { Memories } from '../core/memory/memories.ts';
import { MemorySearch } from '../core/memory/searchMemories.ts';
import type { Store } from '../core/store/store.ts';
import type { Endpoints } from '../core/vllm/endpoints/endpoints.ts';
import { Windows } from '../core/windows/windows.ts';

/** A context and where it is, before it is opened. */
export interface ContextPlace {
  readonly identity: ContextIdentity;
  readonly directory: string;
}

/** An open context with all that works on it. */
export interface OpenContext extends ContextPlace {
  readonly store: Store;
  readonly memories: Memories;
  readonly search: MemorySearch;
  readonly windows: Windows;
}

export interface OpenerOptions {
  readonly stores: Stores;
  readonly now: () => number;
  readonly newId: () => string;
  /** The vLLM servers for a context. @throws PF-5001, PF-8004 when there is none to use. */
  readonly connect: (place: ContextPlace) => Promise<Endpoints>;
  /** Days without a turn after which a session is over, asked for when one begins. 0, and left out: never. */
  readonly sessionDays?: () => number;
}

/** Opens contexts, each once a process, and puts together what works on them. */
export class ContextOpener {
  readonly #options: OpenerOptions;
  readonly #open = new Map<string, OpenContext>();
  readonly #listeners = new Set<(context: OpenContext) => void>();

  constructor(options: OpenerOptions) {
    this.#options = options;
  }

  /** Calls `listener` with each context that is asked for, also when it was open before, until the answer is called. */
  onOpened(listener: (context: OpenContext) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async open(place: ContextPlace): Promise<OpenContext> {
    const context = await this.#contextAt(place);
    this.#listeners.forEach((listener) => listener(context));
    return context;
  }

  /** The vLLM servers for a context. @throws PF-5001, PF-8004 when there is none to use. */
  connect(place: ContextPlace): Promise<Endpoints> {
    return this.#options.connect(place);
  }

  async #contextAt(place: ContextPlace): Promise<OpenContext> {
    const store = await this.#options.stores.open(place.directory);
    const open = this.#open.get(place.directory);
    if (open !== undefined) return open;
    const { now, newId, connect, sessionDays } = this.#options;
    const opened: OpenContext = {
      identity: store.identity,
      directory: place.directory,
      store,
      memories: new Memories(store, { now, newId }),
      search: new MemorySearch(store),
      windows: new Windows({ store, now, newId, connect: () => connect(place), sessionDays }),
    };
    this.#open.set(place.directory, opened);
    return opened;
  }
}

export interface ToolEnvironmentOptions {
  readonly opener: ContextOpener;
  /** The context that calls are about when they name none. */
  readonly own: () => Promise<ContextPlace>;
  /** Other contexts that the user allowed to be read. */
  readonly allowed: () => Promise<readonly ContextPlace[]>;
  /** Hears the text of an answer piece by piece, as it comes. */
  readonly onText?: OnText;
}

export type OnText = (piece: string) => void;

/** What the tools of one folder may reach. */
export class ToolEnvironment {
  readonly #options: ToolEnvironmentOptions;

  constructor(options: ToolEnvironmentOptions) {
    this.#options = options;
  }

  /** Who hears the text of an answer piece by piece, if anybody asked for that. */
  get onText(): OnText | undefined {
    return this.#options.onText;
  }

  /** The same for one call whose caller wants to hear of its answer as it comes. */
  heardBy(onText: OnText): ToolEnvironment {
    return new ToolEnvironment({ ...this.#options, onText });
  }

  /** The vLLM servers of the folder's own context. @throws PF-5001, PF-8004 when there is none to use. */
  async connect(): Promise<Endpoints> {
    return this.#options.opener.connect(await this.#options.own());
  }

  /**
   * The context that a call names by id or name; without a name, the folder's own.
   * @throws PF-8003 when it is not allowed, PF-8005 when it may only be read, PF-3004 when two have the name.
   */
  async context(named: string | undefined, access: 'read' | 'write'): Promise<OpenContext> {
    const own = await this.#options.own();
    if (named === undefined || isNamed(own, named)) return this.#options.opener.open(own);
    const allowed = await this.#options.allowed();
    const [found, second] = allowed.filter((place) => isNamed(place, named));
    if (found === undefined)
      throw contextNotAllowed(
        named,
        [own, ...allowed].map(({ identity }) => identity.name),
      );
    if (second !== undefined) throw ambiguousContext(named);
    if (access === 'write') throw contextReadOnly(named);
    return this.#options.opener.open(found);
  }

  /** The folder's own context first, then the allowed ones. */
  async contexts(): Promise<{ readonly place: ContextPlace; readonly access: 'read' | 'write' }[]> {
    const own = await this.#options.own();
    const others = (await this.#options.allowed()).filter((place) => place.directory !== own.directory);
    return [{ place: own, access: 'write' }, ...others.map((place) => ({ place, access: 'read' as const }))];
  }

  /** Opens one of `contexts`. */
  open(place: ContextPlace): Promise<OpenContext> {
    return this.#options.opener.open(place);
  }
}

function isNamed({ identity }: ContextPlace, name: string): boolean {
  return identity.id === name || identity.name === name;
}
