import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { compileKept } from '../../src/mcp/codeCache.ts';

const SOURCE = '(function () { return [1, 2, 3].map((each) => each * 2); })';

describe('Compiled code that is kept', () => {
  let home: string;
  let directory: string;

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'permafrost-code-'));
    directory = path.join(home, 'cache');
  });

  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const compile = (source = SOURCE) => compileKept(source, 'test.js', directory);
  const wasTaken = (source?: string) => compile(source).script.cachedDataRejected === false;
  const keptFile = () => path.join(directory, readdirSync(directory)[0] ?? '');

  it('is taken by the next start, which does the same', () => {
    const first = compile();
    first.script.runInThisContext();
    first.keep();
    const second = compile();
    assert.equal(second.script.cachedDataRejected, false);
    assert.deepEqual(second.script.runInThisContext()(), [2, 4, 6]);
  });

  it('is not taken for another source, of the same length too', () => {
    compile().keep();
    const other = SOURCE.replace('* 2', '* 3');
    assert.equal(wasTaken(other), false);
    assert.deepEqual(compile(other).script.runInThisContext()(), [3, 6, 9]);
  });

  it('is passed over when it is damaged anywhere, and replaced', () => {
    compile().keep();
    const whole = readFileSync(keptFile());
    for (const at of [0, 31, 32, 40, Math.floor(whole.length / 2), whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(keptFile(), damaged);
      assert.equal(wasTaken(), false, `byte ${at}`);
    }
    for (const length of [0, 10, 32, whole.length - 1]) {
      writeFileSync(keptFile(), whole.subarray(0, length));
      assert.equal(wasTaken(), false, `${length} bytes`);
    }
    compile().keep();
    assert.equal(wasTaken(), true);
  });

  it('is one file, written once and only when it was not taken', () => {
    const first = compile();
    first.keep();
    assert.equal(readdirSync(directory).length, 1);
    rmSync(keptFile());
    first.keep();
    assert.deepEqual(readdirSync(directory), []);
    const second = compile();
    second.keep();
    assert.equal(readdirSync(directory).length, 1);
    compile().keep();
    assert.equal(readdirSync(directory).length, 1);
  });

  it('is done without where it cannot be written', () => {
    writeFileSync(directory, 'a file in the way');
    compile().keep();
    assert.equal(wasTaken(), false);
    assert.equal(readFileSync(directory, 'utf8'), 'a file in the way');
  });

  it('leaves nothing behind when it cannot take its name', () => {
    compile().keep();
    const file = keptFile();
    rmSync(file);
    mkdirSync(path.join(file, 'in the way'), { recursive: true });
    compile().keep();
    assert.deepEqual(readdirSync(directory), [path.basename(file)]);
  });

  it('makes no home whose parent is missing', () => {
    const missing = path.join(home, 'not mounted');
    compileKept(SOURCE, 'test.js', path.join(missing, 'home', 'cache')).keep();
    assert.equal(existsSync(missing), false);
  });
});
