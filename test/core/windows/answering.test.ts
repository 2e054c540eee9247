import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { Answering } from '../../../src/core/windows/answering.ts';
import { temporaryDirectory } from '../store/openStore.ts';

const MODULE = new URL('../../../src/core/windows/answering.ts', import.meta.url).href;
const HOUR_MS = 60 * 60 * 1000;

describe('an answer that is on its way', () => {
  it('is seen by every process until the last of its session is there', () => {
    const directory = temporaryDirectory();
    const [one, other] = [new Answering(directory, Date.now), new Answering(directory, Date.now)];
    const ends = [one.begin('fox'), other.begin('fox')];
    for (const end of ends) {
      assert.deepEqual([one.has('fox'), other.has('fox'), other.has('owl')], [true, true, false]);
      end();
    }
    assert.deepEqual([one.has('fox'), other.has('fox')], [false, false]);
    assert.deepEqual(readdirSync(path.join(directory, 'answering')), []);
  });

  it('is forgotten when its process was killed, and an hour after it began', async function () {
    if (process.platform !== 'linux') this.skip(); // elsewhere it is forgotten by its age alone
    const directory = temporaryDirectory();
    const script = `import { Answering } from '${MODULE}';
      new Answering(${JSON.stringify(directory)}, Date.now).begin('fox');
      console.log('begun');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script]);
    await once(child.stdout, 'data');
    const answering = new Answering(directory, Date.now);
    assert.ok(answering.has('fox'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(!answering.has('fox'));

    answering.begin('owl');
    assert.ok(answering.has('owl'));
    assert.ok(!new Answering(directory, () => Date.now() + 2 * HOUR_MS).has('owl'));
  });

  it('is not noted where nothing can be written', () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'answering'), '');
    const answering = new Answering(directory, Date.now);
    const end = answering.begin('fox');
    end();
    assert.ok(!answering.has('fox'));
  });
});
