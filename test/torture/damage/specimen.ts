import { mkdirSync, readdirSync, readFileSync, writeFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { asPermafrostError } from '../../../src/core/errors.ts';
import { DirectoryLog } from '../../../src/core/log/directoryLog.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { sha256 } from '../../../src/core/log/frame.ts';
import { readIdentity } from '../../../src/core/log/identity.ts';
import { applyCommits } from '../../../src/core/store/applyCommits.ts';
import { engine } from '../../core/store/engine.ts';
import { fingerprint } from '../../core/store/views.ts';
import { Process } from '../process.ts';
import type { Random } from '../random.ts';
import { WORKS } from '../works.ts';
import { KeptTitles } from './keptTitles.ts';

/** What damage to a file may lead to at most. */
export type Consequence =
  /** Opening says what is wrong. */
  | 'unopenable'
  /** It is named and passed over; the rest can be read, and nothing be written. */
  | 'named'
  /** Nothing is missing, writing goes on, and it is made again. */
  | 'rebuilt'
  /** Whatever has this content says that it cannot be read. */
  | 'without content'
  | 'harmless';

export interface Kind {
  readonly name: string;
  /** Kinds of one form could be taken for each other. */
  readonly form: string;
  readonly consequence: Consequence;
}

const FORMS: readonly { form: string; pattern: RegExp; consequence: Consequence }[] = [
  { form: 'registry entry', pattern: /^registry\//, consequence: 'unopenable' },
  { form: 'identity', pattern: /context\.json$/, consequence: 'unopenable' },
  { form: 'commit', pattern: /\d+\.tx$/, consequence: 'named' },
  { form: 'manifest', pattern: /snapshot\.json$/, consequence: 'rebuilt' },
  { form: 'snapshot', pattern: /snapshot-[^/]+$/, consequence: 'rebuilt' },
  { form: 'kept view', pattern: /titles-[^/]+$/, consequence: 'rebuilt' },
  { form: 'blob that is not needed any more', pattern: /\/blobs\/trash\//, consequence: 'harmless' },
  { form: 'list of chunks', pattern: /\/blobs\/.*\.list$/, consequence: 'without content' },
  { form: 'blob', pattern: /\/blobs\//, consequence: 'without content' },
  { form: 'temporary file', pattern: /\/tmp\//, consequence: 'harmless' },
];

/** A home with one context in it that has files of every kind, and what is to be read there. */
export interface Specimen {
  readonly home: string;
  /** Relative to the home, in an order that does not depend on their names. */
  readonly files: readonly SpecimenFile[];
  /** A hash of each memory, by its id. */
  readonly memories: ReadonlyMap<string, string>;
  /** The content of each memory, by its id. */
  readonly contents: ReadonlyMap<string, string>;
  /** What it holds without the commit in this file, or with all of them. */
  readonly rowsWithout: (file: string | undefined) => string;
  /** What its snapshots keep beside the database. */
  readonly keptViews: readonly string[];
}

export interface SpecimenFile {
  readonly file: string;
  readonly kind: Kind;
}

const PAST = ['creating a batch', 'creating large content', 'creating large content', 'updating'] as const;
const PRESENT = [
  'updating to large content',
  'creating',
  'archiving',
  'creating a batch',
  'updating',
] as const;

/** @param name of the process that makes it: contexts made under different names differ in everything */
export function makeSpecimen(home: string, name: string, random: Random): Specimen {
  mkdirSync(home);
  const one = new Process(home, name);
  try {
    for (const checkpointed of [PAST, PAST, PAST]) {
      work(one, random, checkpointed);
      one.seal();
      one.makeSnapshots(() => [new KeptTitles()]);
    }
    work(one, random, [...PRESENT, 'creating content in chunks']);
    one.seal();
    work(one, random, PRESENT);
    leaveABlob(one);
    writeFileSync(path.join(one.context(), 'tmp', `${name}-left`), random.bytes(700));
    const directory = one.context();
    const rowsWithout = (file: string | undefined): string => replayedWithout(directory, file);
    const files = filesIn(home);
    const keptViews = files
      .filter(({ kind }) => kind.form === 'kept view')
      .map(({ file }) => readFileSync(path.join(home, file), 'utf8'));
    const contents = new Map(one.memories.read(one.ids()).memories.map(({ id, content }) => [id, content]));
    return { home, files, memories: memoriesOf(one), contents, rowsWithout, keptViews };
  } finally {
    one.close();
  }
}

/** Leaves a blob that nothing refers to any more, taken out of its place but not deleted yet. */
function leaveABlob(one: Process): void {
  const { created } = one.memories.create([{ title: 'short-lived', content: 'gone soon\n'.repeat(2000) }]);
  one.memories.deleteForGood(created.map(({ id }) => id));
  one.collectBlobs();
}

/** Every memory of a context, as a hash of all that it says, or the error that reading it gives. */
export function memoriesOf(process: Process): Map<string, string> {
  return new Map(process.ids().map((id) => [id, readWhole(process, id)]));
}

function readWhole({ memories }: Process, id: string): string {
  try {
    const parts = [memories.read([id]), memories.history(id), memories.relations(id), memories.anchors(id)];
    return sha256(Buffer.from(JSON.stringify(parts)));
  } catch (thrown) {
    const error = asPermafrostError(thrown);
    return `${error.code}: ${error.message}`;
  }
}

function replayedWithout(directory: string, file: string | undefined): string {
  const log = new DirectoryLog(directory, readIdentity(nodeFiles, directory)?.id ?? '');
  const view = engine.open(log.rewind()?.database);
  try {
    const left = file === undefined ? 0 : Number.parseInt(path.basename(file), 10);
    for (let step = log.next(); step.kind === 'commit' || step.kind === 'sealed'; step = log.next()) {
      if (step.kind === 'commit' && step.commit.number !== left) applyCommits(view, [step.commit]);
    }
    return fingerprint({ read: (query) => query(view) });
  } finally {
    view.close();
  }
}

function work(one: Process, random: Random, names: readonly (keyof typeof WORKS)[]): void {
  for (const name of names) WORKS[name]({ random, one, other: one, acknowledged: () => {} });
}

function filesIn(home: string): SpecimenFile[] {
  const all = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = all
    .map((entry) => path.relative(home, path.join(entry.parentPath, entry.name)))
    // Made for commits to come, and gone when the process ends.
    .filter((file) => path.basename(path.dirname(file)) !== 'tmp' || statSync(path.join(home, file)).size > 0)
    .toSorted();
  const files = names.map((file) => ({ file, kind: kindOf(file) }));
  const absent = FORMS.find(({ form }) => !files.some(({ kind }) => kind.form === form));
  if (absent !== undefined) throw new Error(`the specimen has no ${absent.form}`);
  return files;
}

function kindOf(file: string): Kind {
  const found = FORMS.find(({ pattern }) => pattern.test(file.split(path.sep).join('/')));
  if (found === undefined)
    throw new Error(`${file} has no known form: say in FORMS what its loss may lead to`);
  const { form, consequence } = found;
  // What is kept as a way back is of use only when something else is damaged.
  return file.includes('previous')
    ? { name: `${form} of the epoch before`, form, consequence: 'harmless' }
    : { name: form, form, consequence };
}
