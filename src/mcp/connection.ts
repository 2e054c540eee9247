/**
 * The largest request, in bytes: 50 MB of content with each byte written as `\u00XX`, and room for the rest.
 * A longer one is refused.
 */
export const REQUEST_BYTES = 320 * 1024 * 1024;

/** The way by which clients reach this process. */
export interface Connection {
  /** Resolves when no client can come any more. */
  readonly ended: Promise<void>;
  /** Refuses what is new from now on. Resolves when everything that was taken is answered. */
  drain(): Promise<void>;
  close(): Promise<void>;
}
