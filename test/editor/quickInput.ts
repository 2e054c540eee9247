import type { Locator, Page } from 'playwright-core';
import { labelPattern, type Label } from './label.ts';

/** One row of the quick input, as it is shown. */
export interface QuickRow {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** The box at the top: the command palette, quick picks and input boxes. One a window. */
export class QuickInput {
  readonly #page: Page;
  readonly #widget: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#widget = page.locator('.quick-input-widget');
  }

  /** Resolves when the box is open. */
  async opened(): Promise<void> {
    await this.#widget.waitFor({ state: 'visible' });
  }

  /** Resolves when the box is gone. */
  async closed(): Promise<void> {
    await this.#widget.waitFor({ state: 'hidden' });
  }

  /** Replaces what stands in the box, key by key, as a person does. */
  async type(text: string): Promise<void> {
    const box = this.#widget.locator('.quick-input-box input');
    await box.fill('');
    await box.pressSequentially(text);
  }

  /** The rows on display; the list draws only what fits, about twenty. */
  async rows(): Promise<QuickRow[]> {
    const rows = await this.#rows().all();
    return Promise.all(rows.map(readRow));
  }

  /** Waits for the row with this label and gives it. */
  async row(label: Label): Promise<Locator> {
    const row = this.#rows()
      .filter({ has: this.#page.locator(`${firstLine} .label-name`, { hasText: labelPattern(label) }) })
      .first();
    await row.waitFor({ state: 'visible' });
    return row;
  }

  /** Takes the row with this label, or, without one, what Enter takes. */
  async accept(label?: Label): Promise<void> {
    if (label === undefined) await this.#page.keyboard.press('Enter');
    else await (await this.row(label)).click();
  }

  /** Waits until this row is the first, which Enter takes: a click may hit what is drawn in its place meanwhile. */
  async acceptFirst(label: Label): Promise<void> {
    const first = this.#widget.locator('.quick-input-list .monaco-list-row[data-index="0"]');
    await first.locator(`${firstLine} .label-name`, { hasText: labelPattern(label) }).waitFor();
    await this.accept();
  }

  /** Closes the box without taking anything. */
  async dismiss(): Promise<void> {
    await this.#page.keyboard.press('Escape');
    await this.closed();
  }

  /** The message below an input box, such as what is wrong with the value. */
  async message(): Promise<string> {
    return (await this.#widget.locator('.quick-input-message').textContent()) ?? '';
  }

  #rows(): Locator {
    return this.#widget.locator('.quick-input-list .monaco-list-row');
  }
}

// The detail of a row is a line of its own, drawn like a label.
const firstLine = '.quick-input-list-row:first-child';

async function readRow(row: Locator): Promise<QuickRow> {
  const [label, description, detail] = await Promise.all([
    shown(row.locator(`${firstLine} .label-name`).first()),
    shown(row.locator(`${firstLine} .label-description`).first()),
    shown(row.locator('.quick-input-list-label-meta').first()),
  ]);
  return { label, description, detail };
}

async function shown(part: Locator): Promise<string> {
  return (await part.count()) === 0 ? '' : ((await part.textContent()) ?? '').trim();
}
