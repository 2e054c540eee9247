import type { Locator, Page } from 'playwright-core';

/** The chat view of a window. */
export class ChatView {
  readonly #page: Page;
  readonly #view: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#view = page.locator('.interactive-session').first();
  }

  /** Waits until the conversation on display has this text. */
  async said(text: RegExp): Promise<void> {
    await this.#view
      .locator('.interactive-item-container', { hasText: text })
      .last()
      .waitFor({ timeout: 30_000 });
  }

  /** Waits until a model of this name is there to be asked. */
  async offers(model: string): Promise<void> {
    await this.#view
      .locator('.interactive-input-part', { hasText: model })
      .first()
      .waitFor({ timeout: 30_000 });
  }

  /** Asks on in the chat that is open. */
  async ask(question: string): Promise<void> {
    await this.#view.locator('.interactive-input-part .monaco-editor').first().click();
    await this.#page.keyboard.insertText(question);
    await this.#page.keyboard.press('Enter');
  }

  /** Takes it out of the window, with the side bar that it is in. */
  async close(): Promise<void> {
    await this.#page
      .locator('.part.auxiliarybar')
      .getByRole('button', { name: /Hide.*Side Bar/ })
      .first()
      .click();
  }
}
