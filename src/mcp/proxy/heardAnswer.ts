import type { GenerationChunk } from '../../core/vllm/answers.ts';
import { GenerationBuilder } from '../../core/vllm/generation.ts';
import type { ChatMessage } from '../../core/vllm/requests.ts';
import { turnOf } from '../../core/windows/answered.ts';
import type { Turn } from '../../core/windows/session.ts';

/** An answer as it is heard on its way to the client, who is to get it whatever fails here: so that is only logged. */
export class HeardAnswer {
  readonly #log: (line: string) => void;
  readonly #builder = new GenerationBuilder(0);
  #isWhole = true;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** @param chunk undefined for one that cannot be read */
  add(chunk: GenerationChunk | undefined): void {
    try {
      if (chunk === undefined) this.#isWhole = false;
      else this.#builder.add(chunk);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** The turn that it ends, or its question alone: half an answer is no answer. */
  turn(asked: readonly ChatMessage[]): Turn {
    try {
      const told = this.#builder.build();
      if (this.#isWhole && told.finishReason !== null) return turnOf(asked, told);
    } catch (thrown) {
      this.#fail(thrown);
    }
    return { messages: asked };
  }

  #fail(thrown: unknown): void {
    if (this.#isWhole) this.#log(`only the question of a turn was recorded: ${String(thrown)}`);
    this.#isWhole = false;
  }
}
