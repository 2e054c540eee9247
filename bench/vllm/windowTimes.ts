import * as z from 'zod';

/** A server that is measured on, as the processes that measure are told of it. */
export const MeasuredServer = z.object({ url: z.string(), model: z.string(), apiKey: z.string() });
export type MeasuredServer = z.infer<typeof MeasuredServer>;

/** The milliseconds of one kind of work, turn by turn. */
const Times = z.object({ own: z.array(z.number()), server: z.array(z.number()), all: z.array(z.number()) });
export type Times = z.infer<typeof Times>;

export const WORKS = ['freeze session', 'freeze messages', 'thaw'] as const;
export type Work = (typeof WORKS)[number];

/** What `timeWindows.ts` prints. */
export const WindowTimes = z.record(z.enum(WORKS), Times);
export type WindowTimes = z.infer<typeof WindowTimes>;
