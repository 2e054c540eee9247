import * as z from 'zod';

const Ids = z.array(z.string());

/** What a participant is told to do, one line of JSON each. It answers each with one line, an `Answer`. */
export const Order = z.discriminatedUnion('do', [
  /** Opens a context, with the migrations of this build and as many as are missing after them. */
  z.object({ do: z.literal('open'), directory: z.string(), schema: z.int() }),
  z.object({
    do: z.literal('create'),
    memories: z.array(z.object({ id: z.string(), title: z.string(), content: z.string(), tags: Ids })),
  }),
  z.object({ do: z.literal('update'), id: z.string(), content: z.string() }),
  z.object({ do: z.literal('archive'), ids: Ids }),
  z.object({ do: z.literal('delete'), ids: Ids }),
  /** Closes the epoch, as a store does when it has grown long. */
  z.object({ do: z.literal('seal') }),
  /** Does in this process what the process that makes snapshots does. */
  z.object({ do: z.literal('snapshot') }),
  /** Adds one to what the memory says then, `times` times, and answers each time; at last with how many conflicts. */
  z.object({ do: z.literal('count'), id: z.string(), by: z.string(), times: z.int() }),
  z.object({ do: z.literal('read'), id: z.string() }),
  /** Gives hashes of all rows and of what searches answer. */
  z.object({ do: z.literal('sum up') }),
  /** From now on, sends itself `signal` before file operation `at` (from 0) of those named `only`, or of all. */
  z.object({
    do: z.literal('signal itself'),
    signal: z.enum(['SIGKILL', 'SIGSTOP']),
    only: z.string().optional(),
    at: z.int(),
  }),
]);
export type Order = z.infer<typeof Order>;

export const Answer = z.union([z.object({ done: z.string() }), z.object({ failed: z.string() })]);
export type Answer = z.infer<typeof Answer>;

/** What a memory that is counted in says. */
export const Tally = z.object({ total: z.int(), by: z.string(), time: z.int() });
export type Tally = z.infer<typeof Tally>;
