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
      pause = setTimeout(show, PAUSE_MS);
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
 * The editor tells of the chosen row by its place in the list that it draws, and draws a new list a moment after it was
 * given: who presses Enter in between has chosen from the list before.
 */
class Rows implements vscode.Disposable {
  readonly #pick: vscode.QuickPick<MemoryPick>;
  readonly #drawing: vscode.Disposable;
  #given: readonly MemoryPick[] = [];
  #drawn: readonly MemoryPick[] = [];

  constructor(pick: vscode.QuickPick<MemoryPick>) {
    this.#pick = pick;
    // A list that is drawn has another row in front.
    this.#drawing = pick.onDidChangeActive(() => (this.#drawn = this.#given));
  }

  give(rows: readonly MemoryPick[]): void {
    this.#given = rows;
    this.#pick.items = rows;
  }

  get chosen(): MemoryPick | undefined {
    const [selected] = this.#pick.selectedItems;
    return selected && this.#drawn[this.#given.indexOf(selected)];
  }

  dispose(): void {
    this.#drawing.dispose();
  }
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
