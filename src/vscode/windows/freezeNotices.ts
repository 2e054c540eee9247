import type { Outcome } from '../../core/windows/autoFreeze/freezeDue.ts';
import type { FrozenWindow } from '../../core/windows/window.ts';
import type { OpenContext } from '../../tools/environment.ts';

/** The context of which windows are told. */
type Told = Pick<OpenContext, 'identity' | 'windows'>;

export interface FreezeNoticesOptions {
  /** A quiet notification with buttons; gives the one that was chosen. */
  readonly ask: (message: string, ...buttons: string[]) => Thenable<string | undefined>;
  readonly show: (context: Told, window: FrozenWindow) => Thenable<unknown>;
  /** Called after an undo. */
  readonly undone: () => void;
}

/** Tells the person what was frozen by itself: of each conversation once, since it may be frozen many times. */
export class FreezeNotices {
  readonly #options: FreezeNoticesOptions;
  readonly #announced = new Set<string>();

  constructor(options: FreezeNoticesOptions) {
    this.#options = options;
  }

  /** Resolves when the notification is gone, and what its button does is done. */
  async announce(context: Told, outcomes: readonly Outcome[]): Promise<void> {
    const frozen = outcomes.flatMap((outcome) => (outcome.kind === 'frozen' ? [outcome.window] : []));
    const news = frozen.filter(({ sessionId }) => !this.#announced.has(sessionId));
    news.forEach(({ sessionId }) => this.#announced.add(sessionId));
    const [first] = news;
    if (first === undefined) return;
    await (news.length === 1 ? this.#announceOne(context, first) : this.#announceAll(context, news));
  }

  async #announceOne(context: Told, window: FrozenWindow): Promise<void> {
    const message = `Froze “${window.name}” by the policy of this folder. The conversation goes on.`;
    const answer = await this.#options.ask(message, 'Undo', 'Show');
    if (answer === 'Show') await this.#options.show(context, window);
    if (answer === 'Undo') this.#undo(context, [window]);
  }

  async #announceAll(context: Told, frozen: readonly FrozenWindow[]): Promise<void> {
    const message = `Froze ${frozen.length} conversations by the policy of this folder. They go on.`;
    if ((await this.#options.ask(message, 'Undo')) === 'Undo') this.#undo(context, frozen);
  }

  #undo({ windows }: Told, frozen: readonly FrozenWindow[]): void {
    windows.archiveAll(frozen.map(({ id }) => id));
    this.#options.undone();
  }
}
