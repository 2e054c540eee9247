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
  const failures: string[] = [];
  let tried = 0;
  for (const each of casesOf(specimen, random, CASES[scale])) {
    if (failures.length === ENOUGH_FAILURES) break;
    const home = path.join(directory, 'damaged');
    copy(specimen, home);
    const wrong = spoil(home, each, specimen, foreign, random);
    const failure = whatIsWrong({ home, specimen, of: each.of, wrong, files });
    if (failure !== undefined) failures.push(`seed ${seed}: ${each.of.file}, ${each.damage.how}: ${failure}`);
    rmSync(home, { recursive: true });
    tried += 1;
  }
  let ofSeveral = 0;
  for (; ofSeveral < CASES_OF_SEVERAL[scale] && failures.length < ENOUGH_FAILURES; ofSeveral++) {
    const home = path.join(directory, 'damaged');
    copy(specimen, home);
    const { how, ...done } = spoilSeveral(home, specimen, foreign, random);
    const failure = whatIsWrongOfSeveral({ home, specimen, files, ...done });
    if (failure !== undefined) failures.push(`seed ${seed}: ${how}: ${failure}`);
    rmSync(home, { recursive: true });
  }
  const counts = [tried, ofSeveral].map((count) => count.toLocaleString('en'));
  return { tried: `${counts[0]} cases, ${counts[1]} of several at once`, failures };
}

function spoilSeveral(home: string, specimen: Specimen, foreign: Specimen, random: Random) {
  const chosen = random.shuffled(possibleCases(specimen.files)).slice(0, 2 + random.below(MOST_AT_ONCE - 1));
  const wrong = chosen.flatMap((each) =>
    existsSync(path.join(home, each.of.file)) ? spoil(home, each, specimen, foreign, random) : [],
  );
  const isCutOff = random.below(4) === 0;
  if (isCutOff) cutOff(home, specimen, random);
  const damaged = chosen.map(({ of }) => of);
  const how = chosen.map(({ of, damage: done }) => `${of.file}, ${done.how}`).join('; ');
  return { how: isCutOff ? `${how}; cut off in what is kept` : how, damaged, wrong, isCutOff };
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
function casesOf({ files }: Specimen, random: Random, count: number): Case[] {
  const possible = possibleCases(files);
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
