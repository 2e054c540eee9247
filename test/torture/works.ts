import type { NewMemory } from '../../src/core/memory/memory.ts';
import type { Process } from './process.ts';
import { Random } from './random.ts';

export interface Place {
  readonly random: Random;
  /** The process at work. */
  readonly one: Process;
  /** Another process on the same context, which looks at it only now and then. */
  readonly other: Process;
  /** To be called after each thing that was acknowledged; at the end of a work it is called for it. */
  readonly acknowledged: () => void;
}

/** All that changes the files of a context, each acknowledged when it returns. */
export const WORKS = {
  opening: ({ one }) => {
    one.close();
    one.store.read(() => {});
  },
  creating: ({ one, random }) => create(one, [memory(random)]),
  'creating a batch': ({ one, random }) => {
    const [to] = one.ids();
    const relations = to === undefined ? [] : [{ to, type: 'relates_to' as const }];
    create(one, [memory(random), { ...memory(random), relations }, memory(random)]);
  },
  'creating large content': ({ one, random }) => create(one, [{ ...memory(random), content: large(random) }]),
  'creating content in chunks': ({ one, random }) =>
    create(one, [{ ...memory(random), content: huge(random) }]),
  'updating to large content': ({ one, random }) => {
    const [id] = random.shuffled(one.ids(false));
    if (id !== undefined) one.memories.update(id, { content: large(random) });
  },
  updating: ({ one, random }) => {
    const [id] = random.shuffled(one.ids(false));
    if (id !== undefined) one.memories.update(id, { content: text(random, 20), tags: [text(random, 1)] });
  },
  archiving: ({ one, random }) => one.memories.archive(random.shuffled(one.ids(false)).slice(0, 2)),
  restoring: ({ one }) => one.memories.restore(one.ids(true)),
  deleting: ({ one, random }) => one.memories.deleteForGood(random.shuffled(one.ids()).slice(0, 2)),
  'closing the epoch': ({ one }) => one.seal(),
  'making snapshots': ({ one }) => one.makeSnapshots(),
  checkpointing: ({ one }) => {
    one.seal();
    one.makeSnapshots();
  },
  'collecting blobs': ({ one, other, random, acknowledged }) => {
    one.collectBlobs(() => {
      if (random.chance(0.5)) return;
      create(other, [{ ...memory(random), content: large(random) }]);
      acknowledged();
    });
  },
  'writing behind another process': ({ other, random }) => create(other, [memory(random)]),
  'writing while another process writes': ({ one, other, random, acknowledged }) => {
    let raced = false;
    one.store.write((tx) => {
      if (!raced) create(other, [memory(random)]);
      if (!raced) acknowledged();
      raced = true;
      tx.run('INSERT OR REPLACE INTO relations VALUES (?, ?, ?, ?)', [
        'race',
        'won',
        'relates_to',
        tx.commit,
      ]);
    });
  },
} satisfies Record<string, (place: Place) => void>;

function create(process: Process, memories: readonly NewMemory[]): void {
  process.memories.create(memories);
}

function memory(random: Random): NewMemory {
  return { title: text(random, 3), content: text(random, 10 + random.below(150)), tags: [text(random, 1)] };
}

/** More than is kept in the database, and hard to compress. A few kinds only, so that the same content comes again. */
function large(random: Random): string {
  return new Random(random.below(4)).bytes(8_000).toString('hex');
}

/** Kept in more than one file; easy to compress, so that it costs little to build. */
function huge(random: Random): string {
  return `${random.below(2)} ${WORDS.join(' ')}\n`.repeat(20_000);
}

const WORDS = ['ice', 'core', 'thaw', 'layer', 'depth', 'frost', 'drill', 'sample', 'age', 'melt'];

function text(random: Random, words: number): string {
  return Array.from({ length: words }, () => random.pick(WORDS)).join(' ');
}
