/** Measures how long a server was waited for: a `fetch` that notes when answers are on their way. */
export class ServerTime {
  #underWay = 0;
  #since = 0;
  #total = 0;

  /** Milliseconds so far in which at least one answer was waited for or being read. */
  get total(): number {
    return this.#total;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const end = this.#begin();
    try {
      const response = await fetch(input, init);
      return new Response(watched(response.body, end), response);
    } catch (thrown) {
      end();
      throw thrown;
    }
  };

  /** One more answer is waited for; gives what notes its end, once. */
  #begin(): () => void {
    if (this.#underWay++ === 0) this.#since = performance.now();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      if (--this.#underWay === 0) this.#total += performance.now() - this.#since;
    };
  }
}

/** The same body; `end` is called when it was read or is wanted no more. */
function watched(body: ReadableStream<Uint8Array> | null, end: () => void): ReadableStream<Uint8Array> {
  const reader = body?.getReader();
  return new ReadableStream({
    pull: async (controller) => {
      const piece = await reader?.read();
      if (piece?.value !== undefined) return controller.enqueue(piece.value);
      end();
      controller.close();
    },
    cancel: async (reason) => {
      end();
      await reader?.cancel(reason);
    },
  });
}
