import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installInto, removeInstalled } from './cacheDirectory.ts';

describe('an install into the cache', () => {
  let cache: string;
  let target: string;

  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'permafrost-cache-'));
    target = join(cache, 'tool-1.0');
  });

  afterEach(() => rm(cache, { recursive: true, force: true }));

  it('is there whole when it is done, and nothing else is', async () => {
    await installInto(target, (staging) => writeFile(join(staging, 'a'), 'whole'));

    assert.equal(await readFile(join(target, 'a'), 'utf8'), 'whole');
    assert.deepEqual(await readdir(cache), ['tool-1.0']);
  });

  it('leaves nothing behind when it fails', async () => {
    const failing = installInto(target, async (staging) => {
      await writeFile(join(staging, 'a'), 'half');
      throw new Error('no network');
    });

    await assert.rejects(failing, /no network/);
    assert.deepEqual(await readdir(cache), []);
  });

  it('gives way to one that was finished first', async () => {
    await installInto(target, async (staging) => {
      await writeFile(join(staging, 'a'), 'second');
      await installInto(target, (other) => writeFile(join(other, 'a'), 'first'));
      assert.ok(existsSync(staging), 'an install under way was taken for an abandoned one');
    });

    assert.equal(await readFile(join(target, 'a'), 'utf8'), 'first');
    assert.deepEqual(await readdir(cache), ['tool-1.0']);
  });

  it('removes what a killed one left', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await mkdir(`${target}.${pid}-0a1b2c.partial`);

    await installInto(target, (staging) => writeFile(join(staging, 'a'), ''));

    assert.deepEqual(await readdir(cache), ['tool-1.0']);
  });

  it('can be removed and made again', async () => {
    await installInto(target, (staging) => writeFile(join(staging, 'a'), 'old'));
    await removeInstalled(target);
    await installInto(target, (staging) => writeFile(join(staging, 'a'), 'new'));

    assert.equal(await readFile(join(target, 'a'), 'utf8'), 'new');
  });
});
