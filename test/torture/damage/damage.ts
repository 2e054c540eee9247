import { existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { nodeFiles, type FileOps } from '../../../src/core/log/files.ts';
import { ENOUGH_FAILURES, type Harness, type Outcome, type Setting } from '../harness.ts';
import { Random } from '../random.ts';
import { DAMAGES, type Damage } from './damages.ts';
import { whatIsWrong, whatIsWrongOfSeveral } from './inspection.ts';
import { makeSpecimen, type Specimen, type SpecimenFile } from './specimen.ts';

const CASES = { short: 500, long: 5000 };
const CASES_OF_SEVERAL = { short: 50, long: 1000 };
const MOST_AT_ONCE = 4;

export const damage: Harness = {
  name: 'damage',
  promise:
    'A damaged file is named or does no harm, is never read as something else, and is made again where that is possible.',
  run: (setting) => Promise.resolve(damageEverything(setting)),
};

/** @param files to see that it is noticed when damage is not */
export function damageEverything({ scale, seed, directory }: Setting, files: FileOps = nodeFiles): Outcome {
  const random = new Random(seed);
  const specimen = makeSpecimen(path.join(directory, 'specimen'), 'specimen', random);
  const foreign = makeSpecimen(path.join(directory, 'foreign'), 'foreign', random);
  const possible = possibleCases(specimen.files);
  const failures: string[] = [];
  const home = path.join(directory, 'damaged');
  /** Has each tried on a copy of its own, until enough fail. @returns how many were */
  const tryEach = <T>(cases: Iterable<T>, attempt: (each: T) => Attempt): number => {
    let tried = 0;
    for (const each of cases) {
      if (failures.length === ENOUGH_FAILURES) break;
      copy(specimen, home);
      const { how, failure } = attempt(each);
      if (failure !== undefined) failures.push(`seed ${seed}: ${how}: ${failure}`);
      rmSync(home, { recursive: true });
      tried += 1;
    }
    return tried;
  };
  const single = tryEach(casesOf(possible, random, CASES[scale]), (each) => {
    const wrong = spoil(home, each, specimen, foreign, random);
    return { how: howOf(each), failure: whatIsWrong({ home, specimen, of: each.of, wrong, files }) };
  });
  const several = tryEach(Array(CASES_OF_SEVERAL[scale]).keys(), () => {
    const chosen = random.shuffled(possible).slice(0, 2 + random.below(MOST_AT_ONCE - 1));
    const done = spoilSeveral(home, chosen, specimen, foreign, random);
    const how = [...chosen.map(howOf), ...(done.isCutOff ? ['cut off in what is kept'] : [])].join('; ');
    return { how, failure: whatIsWrongOfSeveral({ home, specimen, files, ...done }) };
  });
  const tried = `${single.toLocaleString('en')} cases, ${several.toLocaleString('en')} of several at once`;
  return { tried, failures };
}

interface Attempt {
  readonly how: string;
  readonly failure: string | undefined;
}

function howOf({ of, damage: { how } }: Case): string {
  return `${of.file}, ${how}`;
}

/** Does the damage of each that is there still, and now and then cuts the log off besides. */
function spoilSeveral(
  home: string,
  cases: readonly Case[],
  specimen: Specimen,
  foreign: Specimen,
  random: Random,
) {
  const wrong = cases.flatMap((each) =>
    existsSync(path.join(home, each.of.file)) ? spoil(home, each, specimen, foreign, random) : [],
  );
  const isCutOff = random.below(4) === 0;
  if (isCutOff) cutOff(home, specimen, random);
  return { damaged: cases.map(({ of }) => of), wrong, isCutOff };
}

/** Removes the end of the log, up to two commits of what is kept as a way back included. */
function cutOff(home: string, { files }: Specimen, random: Random): void {
  const commits = files.filter(({ kind }) => kind.form === 'commit');
  const kept = commits.filter(({ kind }) => kind.name !== 'commit');
  for (const { file } of kept.slice(kept.length - random.below(3)))
    rmSync(path.join(home, file), { force: true });
  const inLog = commits.filter(({ kind }) => kind.name === 'commit');
  for (const { file } of inLog) rmSync(path.dirname(path.join(home, file)), { recursive: true, force: true });
}

/** Does the damage of a case in `home`, a copy of the specimen. @returns the path of what is wrong now */
function spoil(
  home: string,
  { of, damage: how }: Case,
  specimen: Specimen,
  foreign: Specimen,
  random: Random,
): string {
  const like = ({ files }: Specimen): readonly SpecimenFile[] =>
    files.filter(({ kind }) => kind.form === of.kind.form);
  return how.spoil({
    file: path.join(home, of.file),
    siblings: like(specimen)
      .flatMap(({ file }) => (file === of.file ? [] : [path.join(home, file)]))
      .filter((file) => existsSync(file)),
    foreign: path.join(foreign.home, random.pick(like(foreign)).file),
    random,
  });
}

interface Case {
  readonly of: SpecimenFile;
  readonly damage: Damage;
}

/** One of each damage to each kind of file, then every damage to every file by chance, again and again. */
function casesOf(possible: readonly Case[], random: Random, count: number): Case[] {
  const shuffled = random.shuffled(possible);
  const first = new Map(shuffled.map((each) => [`${each.of.kind.name}, ${each.damage.how}`, each]));
  const rounds = Math.ceil(count / possible.length);
  const rest = Array.from({ length: rounds }, () => random.shuffled(possible)).flat();
  return [...first.values(), ...rest].slice(0, count);
}

/** Every damage to every file, but for what nobody can notice. */
function possibleCases(files: readonly SpecimenFile[]): Case[] {
  const lastCommit = files.findLast(({ kind }) => kind.name === 'commit');
  const all = files.flatMap((of) => DAMAGES.map((each) => ({ of, damage: each })));
  // Nothing says that these were there: as if the folder had never been seen, or the commit never been made.
  return all.filter(
    ({ of, damage: { how } }) =>
      how !== 'missing' || (of.kind.form !== 'registry entry' && of !== lastCommit),
  );
}

/** Links instead of copies: no file is ever changed in place, by Permafrost or by damage. */
function copy({ home, files }: Specimen, to: string): void {
  for (const { file } of files) {
    mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
    linkSync(path.join(home, file), path.join(to, file));
  }
}
