import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { Answering } from '../../../src/core/windows/answering.ts';
import { temporaryDirectory } from '../store/openStore.ts';

const MODULE = new URL('../../../src/core/windows/answering.ts', import.meta.url).href;

describe('an answer that is on its way', () => {
  it('is seen by every process until the last of its session is there', () => {
    const directory = temporaryDirectory();
    const [one, other] = [new Answering(directory), new Answering(directory)];
    const ends = [one.begin('fox'), other.begin('fox')];
    for (const end of ends) {
      assert.deepEqual([one.has('fox'), other.has('fox'), other.has('owl')], [true, true, false]);
      end();
    }
    assert.deepEqual([one.has('fox'), other.has('fox')], [false, false]);
    assert.deepEqual(readdirSync(path.join(directory, 'answering')), []);
  });

  it('is forgotten at once when its process was killed', async function () {
    if (process.platform !== 'linux') this.skip(); // Elsewhere it is forgotten as the next one is.
    const directory = temporaryDirectory();
    const script = `import { Answering } from '${MODULE}';
      new Answering(${JSON.stringify(directory)}).begin('fox');
      console.log('begun');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script]);
    await once(child.stdout, 'data');
    const answering = new Answering(directory);
    assert.ok(answering.has('fox'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(!answering.has('fox'));
  });

  it('is forgotten when it has said nothing for a minute', () => {
    const directory = temporaryDirectory();
    const answering = new Answering(directory);
    const end = answering.begin('fox');
    const [note = ''] = readdirSync(path.join(directory, 'answering'));
    const file = path.join(directory, 'answering', note);
    const before = new Date(Date.now() - 59_000);
    utimesSync(file, before, before);
    assert.ok(answering.has('fox'));
    const long = new Date(Date.now() - 61_000);
    utimesSync(file, long, long);
    assert.ok(!answering.has('fox'));
    assert.deepEqual(readdirSync(path.join(directory, 'answering')), []);
    end();
  });

  it('brings no context back that is gone', () => {
    const directory = path.join(temporaryDirectory(), 'gone');
    new Answering(directory).begin('fox')();
    assert.ok(!existsSync(directory));
  });

  it('is not noted where nothing can be written', () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'answering'), '');
    const answering = new Answering(directory);
    const end = answering.begin('fox');
    end();
    assert.ok(!answering.has('fox'));
  });
});
