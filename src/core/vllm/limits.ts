/** How long calls may take, in milliseconds. */
export interface Limits {
  /** A whole control call (health, version, models, tokenize, detokenize, metrics) with its retries. */
  readonly control: number;
  /** Generation: from the call to the first token, so it holds the wait in the server's queue and the prefill. */
  readonly firstToken: number;
  /** Generation: between two tokens. */
  readonly idle: number;
}

/** A wrong address is known after six seconds; a long prompt on a slow server has five minutes. */
export const DEFAULT_LIMITS: Limits = { control: 6_000, firstToken: 300_000, idle: 60_000 };
