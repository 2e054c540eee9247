import type { Outcome } from './freezeDue.ts';
import type { Due } from './rows.ts';

/** How soon what failed, or was done by another process, is decided on again. */
const AGAIN_MS = 60_000;

/**
 * Which sessions are to be decided on, and when. To look at every one of a context after each turn of one would take
 * longer the more there are, and nobody in the process does anything else meanwhile.
 */
export class Agenda {
  #isAllDue = true;
  readonly #asked = new Set<string>();
  /** When time makes something of a session, in milliseconds since 1970. */
  readonly #times = new Map<string, number>();

  addAll(): void {
    this.#isAllDue = true;
  }

  add(id: string): void {
    this.#asked.add(id);
  }

  /** Takes what is to be decided on by now; undefined when nothing is. */
  take(now: number): Due | undefined {
    const ids = this.#isAllDue ? [] : this.#dueBy(now);
    const isAllDue = this.#isAllDue;
    if (isAllDue) this.#times.clear();
    for (const id of ids) this.#times.delete(id);
    this.#asked.clear();
    this.#isAllDue = false;
    if (isAllDue) return 'active';
    return ids.length === 0 ? undefined : { ids };
  }

  /** Notes when those that were decided on are to be again though nobody says anything in them. */
  note(outcomes: readonly Outcome[], now: number): void {
    for (const outcome of outcomes) {
      const at = againAt(outcome, now);
      if (at !== null) this.#times.set(outcome.decision.session.id, at);
    }
  }

  #dueBy(now: number): string[] {
    const due = new Set(this.#asked);
    for (const [id, at] of this.#times) if (at <= now) due.add(id);
    return [...due];
  }
}

function againAt({ kind, decision }: Outcome, now: number): number | null {
  return kind === 'failed' || kind === 'overtaken' ? now + AGAIN_MS : decision.changesAt;
}
