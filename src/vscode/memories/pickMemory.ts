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

/** Lets the person find a memory by typing: the latest ones first, then what fits the words so far. */
export function pickMemory(context: OpenContext, options: PickOptions): Promise<MemorySummary | undefined> {
  const opened = new DisposableStore();
  const pick = opened.add(vscode.window.createQuickPick<MemoryPick>());
  pick.title = options.title;
  pick.placeholder = `Search the memories of ${context.identity.name}`;
  pick.matchOnDescription = pick.matchOnDetail = true;
  const rows = opened.add(new Rows(pick));
  const show = () => {
    rows.give(find(context, pick.value.trim(), options.archived ?? 'exclude'));
    pick.busy = false;
  };
  show();
  let pause: NodeJS.Timeout | undefined;
  opened.add(
    pick.onDidChangeValue(() => {
      clearTimeout(pause); // What was asked before is out of date.
      pick.busy = true;
      pause = setTimeout(show, pick.value.trim() === '' ? 0 : PAUSE_MS);
    }),
  );
  opened.add({ dispose: () => clearTimeout(pause) });
  return new Promise<MemorySummary | undefined>((resolve) => {
    opened.add(pick.onDidAccept(() => resolve(rows.chosen?.memory)));
    opened.add(pick.onDidHide(() => resolve(undefined)));
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
  readonly #arrived: string;
  readonly #arrivals: vscode.Disposable;
  /** What the API knows. */
  #given: readonly MemoryPick[] = [];
  readonly #underway: (readonly MemoryPick[])[] = [];
  #isClosed = false;
  /** What the window has. */
  #drawn: readonly MemoryPick[] = [];

  constructor(pick: vscode.QuickPick<MemoryPick>) {
    this.#pick = pick;
    this.#arrived = `_permafrost.rowsArrived.${picks++}`;
    this.#arrivals = vscode.commands.registerCommand(this.#arrived, () => this.#draw());
  }

  give(rows: readonly MemoryPick[]): void {
    // Without an item in it, the API forgets a place: no list is shorter than the one that may be drawn.
    const missing = this.#pick.value.trim() === '' ? 0 : this.#given.length - rows.length;
    this.#given = this.#pick.items = [...rows, ...spares(missing)];
    this.#underway.push(this.#given);
    // The API sends the items by such a timer too. What is sent arrives in order, and so does what comes back: the
    // window calls before it tells of what the person does with these rows. An answer would be heard too late.
    setTimeout(() => void vscode.commands.executeCommand('runCommands', { commands: [this.#arrived] }));
  }

  get chosen(): MemoryPick | undefined {
    const [selected] = this.#pick.selectedItems;
    return selected && this.#drawn[this.#given.indexOf(selected)];
  }

  dispose(): void {
    this.#isClosed = true;
    this.#endWhenAllArrived();
  }

  #draw(): void {
    this.#drawn = this.#underway.shift() ?? this.#drawn;
    this.#endWhenAllArrived();
  }

  /** The window tells the person of a command that it was to call and that is gone. */
  #endWhenAllArrived(): void {
    if (this.#isClosed && this.#underway.length === 0) this.#arrivals.dispose();
  }
}

let picks = 0;

/** Rows that fit no word, so that the editor hides them. */
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
