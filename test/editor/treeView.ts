import { errors, type Locator, type Page } from 'playwright-core';
import { labelPattern, type Label } from './label.ts';
import { until } from './until.ts';

/** One row of a tree, as it is shown. */
export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** Depth in the tree; 1 at the top. */
  readonly level: number;
  /** Undefined for a leaf. */
  readonly expanded: boolean | undefined;
}

/** A view of the side bar that shows a tree (or, when it is empty, its welcome text). */
export class TreeView {
  readonly #pane: Locator;

  constructor(page: Page, title: string) {
    const header = page.locator('.pane-header .title', { hasText: labelPattern(title) });
    this.#pane = page.locator('.split-view-view > .pane').filter({ has: header });
  }

  /** Resolves when the view is on display, unfolded. */
  async opened(): Promise<void> {
    const header = this.#pane.locator('.pane-header');
    await header.waitFor({ state: 'visible' });
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
    await this.#pane.locator('.pane-body').waitFor({ state: 'visible' });
  }

  /** The rows on display, top to bottom; the tree draws only what fits. When one goes away meanwhile, they are read again. */
  async rows(): Promise<TreeRow[]> {
    const rows = await until('the rows stay while they are read', async () => {
      const read = await Promise.all((await this.#rows().all()).map((row) => readRow(row).catch(goneAway)));
      const there = read.filter((row) => row !== undefined);
      return there.length === read.length ? there : undefined;
    });
    return rows.toSorted((a, b) => a.top - b.top).map(({ row }) => row);
  }

  /** Waits for the row with this label and gives it. */
  async row(label: Label): Promise<Locator> {
    const name = this.#pane.page().locator('.label-name', { hasText: labelPattern(label) });
    const row = this.#rows().filter({ has: name }).first();
    await row.waitFor({ state: 'visible' });
    return row;
  }

  /** Unfolds the row with this label. */
  async expand(label: Label): Promise<void> {
    const row = await this.row(label);
    if ((await row.getAttribute('aria-expanded')) !== 'false') return;
    await row.locator('.monaco-tl-twistie').click();
    await row.and(this.#pane.page().locator('[aria-expanded="true"]')).waitFor();
  }

  /** Clicks the row with this label, which opens what it stands for. */
  async open(label: Label): Promise<void> {
    await (await this.row(label)).click();
  }

  /** Clicks one of the icons that a row shows under the mouse. */
  async rowAction(label: Label, action: string): Promise<void> {
    const row = await this.row(label);
    await row.hover();
    await row.getByRole('button', { name: action }).click();
  }

  /** Clicks one of the icons of the view's title. */
  async titleAction(action: string): Promise<void> {
    await this.#pane.locator('.pane-header').hover();
    await this.#pane.locator('.pane-header').getByRole('button', { name: action }).click();
  }

  /** Opens the context menu of a row and chooses in it. */
  async rowMenu(label: Label, item: string): Promise<void> {
    await (await this.row(label)).click({ button: 'right' });
    const choice = this.#pane.page().getByRole('menuitem', { name: item, exact: true });
    // A menu that has just opened takes no clicks for 100 ms, so that the opening click does not choose; keys it takes.
    await choice.hover();
    await choice.press('Enter');
    await choice.waitFor({ state: 'hidden' });
  }

  /** The text that an empty view shows. */
  async welcome(): Promise<string> {
    return (await this.#pane.locator('.welcome-view-content').innerText()).trim();
  }

  #rows(): Locator {
    return this.#pane.locator('.monaco-list-row');
  }
}

/** What is on display is read at once; what takes longer is no longer there. */
const READING = { timeout: 2_000 };

function goneAway(thrown: unknown): undefined {
  if (!(thrown instanceof errors.TimeoutError)) throw thrown;
}

async function readRow(row: Locator): Promise<{ row: TreeRow; top: number }> {
  const [label, description, level, expanded, box] = await Promise.all([
    row.locator('.label-name').first().textContent(READING),
    row.locator('.label-description').allTextContents(),
    row.getAttribute('aria-level', READING),
    row.getAttribute('aria-expanded', READING),
    row.boundingBox(READING),
  ]);
  return {
    row: {
      label: (label ?? '').trim(),
      description: description.join(' ').trim(),
      level: Number(level),
      expanded: expanded === null ? undefined : expanded === 'true',
    },
    top: box?.y ?? 0,
  };
}
