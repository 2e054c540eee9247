import * as assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Blobs } from '../../../src/core/log/blobs.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { temporaryContext } from '../store/openStore.ts';
import { errno, interceptFiles, type FileOperation } from './interceptFiles.ts';

/** Bytes that no compressor can shrink, the same in every run. */
function noise(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash('sha256').update(String(at)).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

const contents: Record<string, Uint8Array> = {
  nothing: Buffer.of(),
  'one byte': Buffer.of(0),
  'one megabyte of text': Buffer.from('It was a dark and stormy night. '.repeat(32_768)),
  'one megabyte that cannot be compressed': noise(1 << 20),
};

describe('blobs', () => {
  for (const [what, content] of Object.entries(contents)) {
    it(`give back ${what}`, () => {
      const { blobs, files } = newBlobs();
      const name = blobs.put(content);
      assert.equal(name, createHash('sha256').update(content).digest('hex'));
      assert.ok(Buffer.from(content).equals(blobs.get(name)));
      assert.deepEqual(
        files().map((file) => path.basename(file)),
        [name],
      );
    });
  }

  it('are smaller than the text that they hold, and at most one byte larger than noise', () => {
    const { blobs, files } = newBlobs();
    blobs.put(Buffer.from('It was a dark and stormy night. '.repeat(1000)));
    assert.ok(fs.statSync(files()[0] ?? '').size < 1000);
    const { blobs: others, files: othersFiles } = newBlobs();
    others.put(noise(10_000));
    assert.equal(fs.statSync(othersFiles()[0] ?? '').size, 10_001);
  });

  it('keep the same content once', () => {
    const { blobs, files } = newBlobs();
    assert.equal(blobs.put(Buffer.from('same')), blobs.put(Buffer.from('same')));
    assert.equal(files().length, 1);
    blobs.put(Buffer.from('another'));
    assert.equal(files().length, 2);
  });

  it('are on disk, under a durable name, before they are acknowledged', () => {
    const context = temporaryContext();
    const opened = new Map<unknown, unknown>();
    const synced: unknown[] = [];
    const files = interceptFiles({
      after: (operation, first, _second, result) => {
        if (operation === 'openSync') opened.set(result, first);
        if (operation === 'fsyncSync') synced.push(opened.get(first));
      },
    });
    const root = path.join(context, 'blobs');
    const name = new Blobs(root, path.join(context, 'tmp'), files).put(Buffer.from('x'));
    const shard = path.join(root, name.slice(0, 2));
    assert.deepEqual(synced.slice(-2), [shard, root]);
    assert.equal(path.dirname(String(synced.at(-3))), path.join(context, 'tmp'));
  });

  for (const [how, damage] of Object.entries({
    'changed by a bit': (file: string) => flip(file, 8),
    'kept in an unknown way': (file: string) => flip(file, 0),
    'cut short': (file: string) => fs.truncateSync(file, 9),
    empty: (file: string) => fs.truncateSync(file, 0),
    missing: (file: string) => fs.rmSync(file),
  })) {
    for (const [kind, content] of Object.entries({
      text: Buffer.from('text '.repeat(100)),
      noise: noise(100),
    })) {
      it(`say PF-4003 with the file's name when a blob of ${kind} is ${how}`, () => {
        const { blobs, files } = newBlobs();
        const name = blobs.put(content);
        const [file = ''] = files();
        damage(file);
        assert.throws(
          () => blobs.get(name),
          (error: Error & { code?: string }) => error.code === 'PF-4003' && error.message.includes(file),
        );
      });
    }
  }

  for (const operation of ['mkdirSync', 'openSync', 'writeSync', 'fsyncSync', 'linkSync'] as const) {
    it(`say PF-4005 when ${operation} fails, and can be put again`, () => {
      const context = temporaryContext();
      const failing = new Blobs(
        path.join(context, 'blobs'),
        path.join(context, 'tmp'),
        failingOnce(operation),
      );
      assert.throws(() => failing.put(Buffer.from('x')), { code: 'PF-4005' });
      assert.equal(Buffer.from(failing.get(failing.put(Buffer.from('x')))).toString(), 'x');
    });
  }
});

function newBlobs() {
  const context = temporaryContext();
  const root = path.join(context, 'blobs');
  const files = () =>
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  return { blobs: new Blobs(root, path.join(context, 'tmp'), nodeFiles), files };
}

function flip(file: string, at: number): void {
  const bytes = fs.readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  fs.writeFileSync(file, bytes);
}

function failingOnce(operation: FileOperation) {
  let failed = false;
  return interceptFiles({
    before: (called) => {
      if (called !== operation || failed) return;
      failed = true;
      throw errno('ENOSPC');
    },
  });
}
