import type { Locator, Page } from 'playwright-core';
import { ChatView } from './chatView.ts';
import { labelPattern, type Label } from './label.ts';
import { QuickInput } from './quickInput.ts';
import { TreeView, type TreeRow } from './treeView.ts';

/** One window of the editor, used as a person uses it. Every method waits for what it needs to be on display. */
export class Workbench {
  readonly page: Page;
  readonly quickInput: QuickInput;
  readonly chat: ChatView;

  constructor(page: Page) {
    this.page = page;
    this.chat = new ChatView(page);
    this.quickInput = new QuickInput(page);
  }

  /** Resolves when the workbench is drawn and its extensions are being started. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .activitybar').waitFor({ timeout: 60_000 });
    await this.page.locator('.statusbar .statusbar-item').first().waitFor();
  }

  /** Runs a command by its title in the palette, with its category if it has one: `Permafrost: Search Memories`. */
  async runCommand(title: string): Promise<void> {
    await this.quickInput.closed();
    await this.page.keyboard.press('F1');
    await this.quickInput.opened();
    await this.quickInput.type(`>${title}`);
    await this.quickInput.accept(title);
  }

  /** Opens a container of the activity bar, such as `Permafrost`. */
  async openView(name: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: new RegExp(`^${name}`) });
    await tab.waitFor();
    if ((await tab.getAttribute('aria-expanded')) !== 'true') await tab.click();
    await this.page.locator('.sidebar .composite.title', { hasText: new RegExp(name, 'i') }).waitFor();
  }

  /** A view of the open container. */
  tree(viewTitle: string): TreeView {
    return new TreeView(this.page, viewTitle);
  }

  /** The rows of a view's tree, as on display. */
  async treeRows(viewTitle: string): Promise<TreeRow[]> {
    return this.tree(viewTitle).rows();
  }

  /** Unfolds a row of a view's tree. */
  async expandRow(viewTitle: string, label: Label): Promise<void> {
    await this.tree(viewTitle).expand(label);
  }

  /** The labels of the open editors' tabs; a changed one ends with `●`. */
  async tabs(): Promise<string[]> {
    const tabs = await this.page.locator('.editor-group-container .tab').all();
    return Promise.all(tabs.map(tabLabel));
  }

  /** Resolves when a tab with this label is the active one. */
  async tabOpened(label: Label): Promise<void> {
    await this.page
      .locator('.editor-group-container .tab.active', { hasText: labelPattern(label) })
      .waitFor();
  }

  /** The lines of the active editor that are on display. For the whole document ask the probe. */
  async editorText(): Promise<string> {
    const editor = this.#editor();
    await editor.waitFor();
    // Lines are drawn in any order and with no-break spaces.
    const lines = await editor.locator('.view-line').evaluateAll((drawn) =>
      drawn
        .map((line) => ({ top: line.getBoundingClientRect().top, text: line.textContent ?? '' }))
        .toSorted((a, b) => a.top - b.top)
        .map((line) => line.text),
    );
    return lines.join('\n').replaceAll('\u00a0', ' ');
  }

  /** Types into the active editor: at its end, or in place of everything. */
  async typeInEditor(text: string, where: 'end' | 'everything' = 'end'): Promise<void> {
    const editor = this.#editor();
    await editor.locator('.view-lines').click();
    await this.page.keyboard.press(where === 'end' ? 'ControlOrMeta+End' : 'ControlOrMeta+A');
    await this.page.keyboard.insertText(text);
  }

  /** Saves the active editor; resolves when it is no longer marked as changed. */
  async save(): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+S');
    await this.page.locator('.editor-group-container.active .tab.active:not(.dirty)').waitFor();
  }

  /** Waits for an entry of the status bar that shows this text. */
  async statusBarItem(text: string | RegExp): Promise<Locator> {
    const item = this.page.locator('.statusbar-item', { hasText: text }).first();
    await item.waitFor();
    return item;
  }

  /** The texts of the notifications on display. */
  async notifications(): Promise<string[]> {
    return this.page.locator('.notification-list-item .notification-list-item-message').allInnerTexts();
  }

  /** Waits for a notification with this text; gives it, for its buttons. */
  async notification(text: string | RegExp): Promise<Locator> {
    const item = this.page.locator('.notification-list-item', { hasText: text }).first();
    await item.waitFor();
    return item;
  }

  /** Presses a button of the notification with this text. */
  async answerNotification(text: string | RegExp, button: string): Promise<void> {
    await (await this.notification(text)).getByRole('button', { name: button, exact: true }).click();
  }

  /** Presses a button of the dialog on display. */
  async answerDialog(button: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box').getByRole('button', { name: button, exact: true }).click();
  }

  /** Puts every notification away, so that none is in a picture. */
  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
    await this.page.locator('.notifications-toasts.visible').waitFor({ state: 'hidden' });
  }

  /** A picture of the window as PNG. */
  async screenshot(path: string): Promise<void> {
    await this.page.mouse.move(640, 5);
    await this.page.locator('.monaco-hover:visible').waitFor({ state: 'detached' });
    await this.page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  }

  /** Loads the window again, with a new extension host. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** Closes the window. */
  async close(): Promise<void> {
    await this.page.close({ runBeforeUnload: false });
  }

  #editor(): Locator {
    return this.page.locator('.editor-group-container.active .editor-instance .monaco-editor').first();
  }
}

async function tabLabel(tab: Locator): Promise<string> {
  const [label, classes] = await Promise.all([
    tab.getAttribute('data-resource-name'),
    tab.getAttribute('class'),
  ]);
  return /\bdirty\b/.test(classes ?? '') ? `${label} ●` : (label ?? '');
}
