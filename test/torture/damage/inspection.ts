import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import { hasCode } from '../../../src/core/errors.ts';
import type { FileOps } from '../../../src/core/log/files.ts';
import { fingerprint } from '../../core/store/views.ts';
import { Process } from '../process.ts';
import { KeptTitles } from './keptTitles.ts';
import { memoriesOf, type Specimen, type SpecimenFile } from './specimen.ts';

export interface Patient {
  /** A copy of the specimen in which one file is damaged. */
  readonly home: string;
  readonly specimen: Specimen;
  /** The file of the specimen. */
  readonly of: SpecimenFile;
  /** The path at which there is something wrong. */
  readonly wrong: string;
  readonly files: FileOps;
}

/** @returns what of it would mislead, or be lost without need */
export function whatIsWrong(patient: Patient): string | undefined {
  return failureOf(patient, (process) => {
    if (isOpened(process, patient.of.kind.consequence === 'unopenable')) inspect(process, patient);
  });
}

/** A copy of the specimen in which several files are damaged. */
export interface PatientOfSeveral extends Pick<Patient, 'home' | 'specimen' | 'files'> {
  readonly damaged: readonly SpecimenFile[];
  /** The paths at which there is something wrong. */
  readonly wrong: readonly string[];
  /** Whether all is gone that followed what is kept as a way back. */
  readonly isCutOff: boolean;
}

/** @returns what of it would mislead: with several files damaged, less has to be left, but all of it is to be told */
export function whatIsWrongOfSeveral(patient: PatientOfSeveral): string | undefined {
  const { damaged, wrong, isCutOff } = patient;
  const isAmong = (...forms: readonly string[]): boolean =>
    damaged.some(({ kind }) => forms.includes(kind.form));
  const mayFail = isCutOff || isAmong('registry entry', 'identity', 'manifest', 'snapshot');
  return failureOf(patient, (process) => {
    if (!isOpened(process, mayFail)) return;
    const named = process.store.problems.map((problem) => problem.path);
    if (named.length === 0) return inspectUnnamed(process, patient, isAmong('blob', 'list of chunks'));
    assert.ok(isCutOff || named.some((file) => wrong.includes(file)), `named is ${named.join()}`);
    assert.throws(() => process.add('refused'), { code: 'PF-4007' });
  });
}

/** Nothing is said to be missing, so nothing is, but for content that says so itself. */
function inspectUnnamed(process: Process, patient: PatientOfSeveral, mayLackContent: boolean): void {
  const { specimen, isCutOff } = patient;
  assert.ok(!isCutOff, 'what is gone is not missed');
  assert.equal(fingerprint(process.store), specimen.rowsWithout(undefined), 'a row is different');
  for (const [id, now] of memoriesOf(process)) {
    const saysSo = mayLackContent && now.startsWith('PF-4003');
    assert.ok(saysSo || now === specimen.memories.get(id), `a memory reads otherwise: ${now}`);
  }
  process.add('written');
  inProcess('fresh', patient, (fresh) =>
    assert.equal(fingerprint(fresh.store), fingerprint(process.store), 'what was written is not read'),
  );
}

type Home = Pick<Patient, 'home' | 'files'>;

function failureOf(home: Home, inspection: (process: Process) => void): string | undefined {
  try {
    inProcess('look', home, inspection);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function inProcess(name: string, { home, files }: Home, work: (process: Process) => void): void {
  const process = new Process(home, name, files);
  try {
    work(process);
  } finally {
    process.close();
  }
}

function isOpened(process: Process, mayFail: boolean): boolean {
  try {
    assert.ok(process.store);
    return true;
  } catch (thrown) {
    if (!mayFail || !hasCode(thrown, 'PF-4')) throw thrown;
    return false;
  }
}

function inspect(process: Process, patient: Patient): void {
  const { problems } = process.store;
  const kept = process.store.kept(new KeptTitles().name);
  const isRight = kept === undefined || patient.specimen.keptViews.includes(Buffer.from(kept).toString());
  assert.ok(isRight, 'a kept view is something else');
  if (problems.length > 0) inspectNamed(process, patient);
  else if (patient.of.kind.consequence === 'without content') inspectWithoutContent(process, patient);
  else inspectWhole(process, patient);
}

/** Read-only, and everything but the damaged commit is there. */
function inspectNamed(process: Process, { of, specimen, wrong }: Patient): void {
  const named = process.store.problems.map((problem) => problem.path);
  assert.equal(of.kind.consequence, 'named', `it is read-only because of ${named.join()}`);
  assert.ok(named.includes(wrong), `named is ${named.join()}`);
  assert.throws(() => process.add('refused'), { code: 'PF-4007' });
  const states = [of.file, undefined].map((left) => specimen.rowsWithout(left));
  assert.ok(states.includes(fingerprint(process.store)), 'more than the named commit is missing');
}

/** Whatever has the content says so, until it is written again. */
function inspectWithoutContent(process: Process, { specimen, of }: Patient): void {
  assert.equal(fingerprint(process.store), specimen.rowsWithout(undefined), 'a row is different');
  const unreadable = [...memoriesOf(process)].filter(([id, now]) => now !== specimen.memories.get(id));
  for (const [id, now] of unreadable) {
    const isNamed = now.startsWith('PF-4003') && now.includes(path.basename(of.file, '.list'));
    assert.ok(isNamed, `a memory reads otherwise: ${now}`);
    process.memories.create([{ title: 'again', content: specimen.contents.get(id) ?? '' }]);
  }
  const mended = new Map([...memoriesOf(process)].filter(([id]) => specimen.memories.has(id)));
  assert.deepEqual(mended, specimen.memories, 'writing the content again does not mend it');
  process.add('written');
}

function inspectWhole(process: Process, patient: Patient): void {
  assert.deepEqual(memoriesOf(process), patient.specimen.memories, 'a memory reads otherwise');
  assert.equal(fingerprint(process.store), patient.specimen.rowsWithout(undefined), 'a row is different');
  process.add('written');
  if (patient.of.kind.consequence === 'rebuilt') inspectRebuilt(process, patient);
}

function inspectRebuilt(process: Process, patient: Patient): void {
  process.makeSnapshots(() => [new KeptTitles()]);
  inProcess('fresh', patient, (fresh) => {
    assert.equal(fingerprint(fresh.store), fingerprint(process.store), 'what was made again is different');
    assert.deepEqual(fresh.store.damagedSnapshots, [], 'it is not made again');
  });
}
