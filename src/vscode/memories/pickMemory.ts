import * as vscode from 'vscode';
import { limits } from '../../core/limits.ts';
import type { MemorySummary } from '../../core/memory/memory.ts';
import type { MemoryHit } from '../../core/memory/searchMemories.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { DisposableStore } from '../disposables.ts';
import { shortAge } from '../views/age.ts';

const SHOWN = 30;
/** Short enough to feel immediate, long enough to skip the letters of a word typed fast. */
const PAUSE_MS = 60;

export interface PickOptions {
  readonly title: string;
  readonly archived?: 'exclude' | 'only' | 'include';
}

interface MemoryPick extends vscode.QuickPickItem {
  /** Undefined in the row that says that nothing fits. */
  readonly memory?: MemorySummary;
}

/**
 * Lets the person find a memory by typing: the latest ones first, then what fits the words so far. Rejects when the
 * memories cannot be read.
 */
export function pickMemory(context: OpenContext, options: PickOptions): Promise<MemorySummary | undefined> {
  const opened = new DisposableStore();
  return new Promise<MemorySummary | undefined>((resolve, reject) => {
    const pick = opened.add(vscode.window.createQuickPick<MemoryPick>());
    pick.title = options.title;
    pick.placeholder = `Search the memories of ${context.identity.name}`;
    pick.matchOnDescription = pick.matchOnDetail = true;
    const rows = opened.add(new Rows(pick));
    const show = () => {
      try {
        rows.give(find(context, pick.value.trim(), options.archived ?? 'exclude'));
      } catch (cause) {
        reject(cause);
      }
      pick.busy = false;
    };
    let pause: NodeJS.Timeout | undefined;
    opened.add({ dispose: () => clearTimeout(pause) });
    opened.add(
      pick.onDidChangeValue(() => {
        clearTimeout(pause); // What was asked before is out of date.
        pick.busy = true;
        pause = setTimeout(show, pick.value.trim() === '' ? 0 : PAUSE_MS);
      }),
    );
    opened.add(pick.onDidAccept(() => resolve(rows.chosen?.memory)));
    opened.add(pick.onDidHide(() => resolve(undefined)));
    show();
    pick.show();
  }).finally(() => opened.dispose());
}

/**
 * The rows of a pick whose list changes while one types. The editor tells of the chosen row by its place in the list
 * that its window has, and the API takes the place for one in the list that was given last: who presses Enter while a
 * list is on its way to the window has chosen from the one before.
 */
class Rows implements vscode.Disposable {
  readonly #pick: vscode.QuickPick<MemoryPick>;
  readonly #command: string;
  readonly #registered = new DisposableStore();
  readonly #lists: (readonly MemoryPick[])[] = [];
  /** Each resolves when the window has told of a list. */
  readonly #arrivals: Promise<void>[] = [];
  /** What the API knows. */
  #given: readonly MemoryPick[] = [];
  /** What the window has. */
  #drawn: readonly MemoryPick[] = [];
  chosen: MemoryPick | undefined;

  constructor(pick: vscode.QuickPick<MemoryPick>) {
    this.#pick = pick;
    this.#command = `_permafrost.rowsArrived.${picks++}`;
    this.#registered.add(
      vscode.commands.registerCommand(this.#command, (place: number) => this.#draw(place)),
    );
    // The API has the place only while its list is the last.
    this.#registered.add(
      pick.onDidChangeSelection(([selected]) => {
        this.chosen = selected && this.#drawn[this.#given.indexOf(selected)];
      }),
    );
  }

  give(rows: readonly MemoryPick[]): void {
    // Without an item in it, the API forgets a place: no list is shorter than the one that may be drawn.
    const missing = this.#pick.value.trim() === '' ? 0 : this.#given.length - rows.length;
    this.#given = this.#pick.items = [...rows, ...spares(missing)];
    if (this.#lists.push(this.#given) === 1) this.#drawn = this.#given;
    this.#arrivals.push(this.#askWhenDrawn(this.#lists.length - 1));
  }

  /** Waits for the window, which tells the person of a command that it was to call and that is gone. */
  dispose(): void {
    void Promise.all(this.#arrivals).then(() => this.#registered.dispose());
  }

  /**
   * What is sent arrives in order, and so does what comes back: the window calls before it tells of what the person does
   * with these rows, unless a key was waiting while it drew them. An answer would be heard too late.
   */
  async #askWhenDrawn(place: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve)); // The API sends the items by such a timer too.
    try {
      const commands = [{ command: this.#command, args: place }];
      await vscode.commands.executeCommand('runCommands', { commands });
    } catch {
      // It cannot tell: then the places are taken as the API takes them.
      this.#draw(place);
    }
  }

  #draw(place: number): void {
    this.#drawn = this.#lists[place] ?? this.#drawn;
  }
}

let picks = 0;

/** Rows that fit no word, so that the editor hides them while one stands in the box. */
function spares(count: number): MemoryPick[] {
  return Array.from({ length: Math.max(0, count) }, () => ({ label: '' }));
}

function find(context: OpenContext, words: string, archived: 'exclude' | 'only' | 'include'): MemoryPick[] {
  if (words === '') {
    return context.memories.list({ limit: SHOWN, archived }).memories.map((memory) => pickOf(memory));
  }
  const query = words.slice(0, limits.queryCharacters);
  const { results } = context.search.search({ query, limit: SHOWN, prefix: true, archived });
  return results.length === 0 ? [nothingFits(words)] : results.map((hit) => pickOf(hit, hit));
}

function nothingFits(words: string): MemoryPick {
  return { label: `No memory fits “${words}”`, description: 'try other words, or fewer', alwaysShow: true };
}

function pickOf(memory: MemorySummary, hit?: MemoryHit): MemoryPick {
  const { title, tags, updatedAt, archived } = memory;
  const facts = [archived ? 'archived' : undefined, shortAge(updatedAt, Date.now()), tags.join(', ')];
  return {
    memory,
    label: title,
    description: facts.filter(Boolean).join(' · '),
    iconPath: new vscode.ThemeIcon(archived ? 'archive' : 'note'),
    // The search has chosen already, and knows other forms of a word.
    alwaysShow: true,
    ...(hit === undefined || hit.snippet === '' ? {} : { detail: hit.snippet }),
  };
}
