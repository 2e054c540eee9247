import type { Bench } from '../bench.ts';
import { resultBeside, type Goal } from '../result.ts';
import { WrittenBytes } from './writtenBytes.ts';

/** Of each byte of memories that was acknowledged, by who counts. */
const COUNTS = [
  { name: 'disk bytes per byte, processes', by: 'written', goals: [{ of: 'p50', atMost: 10 }] },
  { name: 'disk bytes per byte, write()', by: 'asked', goals: [] },
  { name: 'disk bytes per byte, device', by: 'device', goals: [] },
] as const satisfies readonly { name: string; by: keyof WrittenBytes; goals: readonly Goal[] }[];

/** As many single creates as there are memories, and what they made the disk write, snapshots included. */
export const diskBench: Bench = {
  measures: COUNTS.map(({ name }) => name),
  linuxOnly: true,
  async run({ filled, workplace, largest, wanted, say }) {
    const { ours, theirs } = await filled.at(largest);
    say(`${largest} single creates on each side, to count what is written to disk`);
    const script = new URL('writeMany.ts', import.meta.url);
    const subject = WrittenBytes.parse(await workplace.measure(script, largest, ours));
    const rival = WrittenBytes.parse(await workplace.measure(script, largest, theirs));
    if (subject.written === 0) say('not counted: the directory is in memory, TMPDIR names one on a disk');
    return COUNTS.filter(({ name }) => wanted(name)).flatMap(({ name, by, goals }) => {
      const [written, yardstick] = [perByte(subject, by), perByte(rival, by)];
      const measure = { name, n: subject.creates, unit: 'bytes', goals } as const;
      return written === undefined || yardstick === undefined
        ? []
        : resultBeside(measure, 'node:sqlite WAL, synchronous=FULL', {
            subject: [written],
            rival: [yardstick],
          });
    });
  },
};

/** Undefined where nothing can be told: on a disk that is none, nothing is written. */
function perByte(bytes: WrittenBytes, by: keyof WrittenBytes): number | undefined {
  const { acknowledged, written, [by]: counted } = bytes;
  return counted === undefined || written === 0 ? undefined : counted / acknowledged;
}
