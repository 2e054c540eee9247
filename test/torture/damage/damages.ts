import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Random } from '../random.ts';

export interface Damaged {
  /** The file that is damaged. */
  readonly file: string;
  /** Others of the same kind in the same context. */
  readonly siblings: readonly string[];
  /** One of the same kind in another context. */
  readonly foreign: string;
  readonly random: Random;
}

export interface Damage {
  /** How the file is found. */
  readonly how: string;
  /** Gives the path of what is wrong now. */
  readonly spoil: (damaged: Damaged) => string;
}

export const DAMAGES: readonly Damage[] = [
  {
    how: 'a bit flipped',
    spoil: ({ file, random }) => {
      const bytes = readFileSync(file);
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return replaced(file, bytes);
    },
  },
  {
    how: 'cut short',
    spoil: ({ file, random }) => {
      const bytes = readFileSync(file);
      return replaced(file, bytes.subarray(0, random.below(bytes.length)));
    },
  },
  { how: 'empty', spoil: ({ file }) => replaced(file, Buffer.alloc(0)) },
  {
    how: 'cut short and filled with zeros',
    spoil: ({ file, random }) => {
      const bytes = readFileSync(file);
      return replaced(file, bytes.fill(0, random.below(bytes.length)));
    },
  },
  {
    how: 'grown by itself',
    spoil: ({ file }) => {
      const bytes = readFileSync(file);
      return replaced(file, Buffer.concat([bytes, bytes]));
    },
  },
  {
    how: 'missing',
    spoil: ({ file }) => {
      rmSync(file);
      return file;
    },
  },
  {
    how: 'a double of another',
    spoil: ({ file, siblings, random }) =>
      replaced(file, readFileSync(siblings.length === 0 ? file : random.pick(siblings))),
  },
  {
    how: 'doubled under another name',
    spoil: ({ file }) => {
      const double = nextName(file);
      copyFileSync(file, double);
      return double;
    },
  },
  { how: 'from another context', spoil: ({ file, foreign }) => replaced(file, readFileSync(foreign)) },
];

/** The home is made of links to the specimen's files, which must stay as they are. */
function replaced(file: string, bytes: Uint8Array): string {
  rmSync(file);
  writeFileSync(file, bytes);
  return file;
}

/** A name of the same form that is not taken, so that the file is taken for one of its kind. */
function nextName(file: string): string {
  const { dir, name, ext } = path.parse(file);
  const number = /\d+$/.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - number.length);
  for (let next = Number(number) + 1; ; next++) {
    const candidate = path.join(dir, `${stem}${String(next).padStart(number.length, '0')}${ext}`);
    if (!existsSync(candidate)) return candidate;
  }
}
