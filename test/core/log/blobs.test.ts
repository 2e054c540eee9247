import * as assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Blobs } from '../../../src/core/log/blobs.ts';
import { CHUNK_BYTES } from '../../../src/core/log/chunks.ts';
import { nodeFiles } from '../../../src/core/log/files.ts';
import { temporaryContext } from '../store/openStore.ts';
import { errno, interceptFiles, type FileOperation } from './interceptFiles.ts';

/** Bytes that no compressor can shrink, the same in every run. */
function noise(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash('sha256').update(String(at)).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

const contents: Record<string, Uint8Array> = {
  nothing: Buffer.of(),
  'one byte': Buffer.of(0),
  'one megabyte of text': Buffer.from('It was a dark and stormy night. '.repeat(32_768)),
  'one megabyte that cannot be compressed': noise(CHUNK_BYTES),
};

/** More than a megabyte, with characters of one to four bytes, so that some hang over the end of a chunk. */
const largeText = 'Ice, льод, 氷, 🧊: '.repeat(120_000);
const largeBytes = Buffer.from(largeText);

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

  it('of more than a megabyte are chunks with names of their own, and a list of them', () => {
    const { blobs, files } = newBlobs();
    const name = blobs.put(largeBytes);
    const chunks = Array.from({ length: Math.ceil(largeBytes.length / CHUNK_BYTES) }, (_, at) =>
      sha256(largeBytes.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES)),
    );
    assert.equal(name, sha256(largeBytes));
    assert.ok(largeBytes.equals(blobs.get(name)));
    assert.deepEqual(
      new Set(files().map((file) => path.basename(file))),
      new Set([...chunks, `${name}.list`]),
    );
  });

  it('are the same for a text and for its bytes', () => {
    for (const text of ['', 'ice', 'x'.repeat(CHUNK_BYTES), 'x'.repeat(CHUNK_BYTES + 1), largeText]) {
      const [ofText, ofBytes] = [newBlobs(), newBlobs()];
      assert.equal(ofText.blobs.put(text), ofBytes.blobs.put(Buffer.from(text)));
      assert.deepEqual(ofText.names(), ofBytes.names());
    }
  });

  it('share the chunks that are equal', () => {
    const { blobs, files } = newBlobs();
    blobs.put(largeBytes);
    const before = files().length;
    blobs.put(Buffer.concat([largeBytes, Buffer.from('and one more line')]));
    assert.equal(files().length, before + 2);
  });

  it('give their beginning without reading the rest', () => {
    const { blobs, root } = newBlobs();
    const name = blobs.put(largeBytes);
    const chunkAt = (at: number) => sha256(largeBytes.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES));
    fs.rmSync(path.join(root, chunkAt(1).slice(0, 2), chunkAt(1)));
    for (const most of [0, 1, CHUNK_BYTES]) {
      assert.ok(largeBytes.subarray(0, most).equals(blobs.get(name, most)));
    }
    assert.throws(() => blobs.get(name, CHUNK_BYTES + 1), { code: 'PF-4003' });
    const small = blobs.put(Buffer.from('small'));
    assert.equal(Buffer.from(blobs.get(small, 2)).toString(), 'sm');
  });

  it('say PF-4003 with the name of the file when a chunk or the list is damaged, missing, or another one', () => {
    const other = newBlobs().blobs.put('x'.repeat(3 * CHUNK_BYTES));
    for (const damage of [
      (file: string) => flip(file, 8),
      (file: string) => fs.truncateSync(file, 9),
      (file: string) => fs.rmSync(file),
    ]) {
      for (let at = 0; at < 3; at++) {
        const { blobs, files } = newBlobs();
        const name = blobs.put(largeBytes);
        const file = files().toSorted()[at] ?? '';
        damage(file);
        const named = file.replace(/\.list$/, '');
        assert.throws(
          () => blobs.get(name),
          (error: Error & { code?: string }) => error.code === 'PF-4003' && error.message.includes(named),
        );
      }
    }
    const { blobs, root } = newBlobs();
    const name = blobs.put(largeBytes);
    const renamed = path.join(root, other.slice(0, 2), `${other}.list`);
    fs.mkdirSync(path.dirname(renamed), { recursive: true });
    fs.copyFileSync(path.join(root, name.slice(0, 2), `${name}.list`), renamed);
    assert.throws(() => blobs.get(other), { code: 'PF-4003' });
  });

  it('are whole again when they are put again after a file of them was damaged', () => {
    for (const content of [Buffer.from('text '.repeat(100)), noise(100), largeBytes]) {
      const count = content.length > CHUNK_BYTES ? 3 : 1;
      for (let at = 0; at < count; at++) {
        for (const damage of [(file: string) => flip(file, 8), (file: string) => fs.truncateSync(file, 0)]) {
          const { blobs, files } = newBlobs();
          const name = blobs.put(content);
          damage(files().toSorted()[at] ?? '');
          assert.throws(() => blobs.get(name), { code: 'PF-4003' });
          assert.equal(blobs.put(content), name);
          assert.ok(content.equals(blobs.get(name)));
        }
      }
    }
  });

  it('that are put again write nothing', () => {
    for (const content of [Buffer.from('small'), largeBytes]) {
      const context = temporaryContext();
      let written = 0;
      const files = interceptFiles({ before: (operation) => (written += operation === 'writeSync' ? 1 : 0) });
      const blobs = new Blobs(path.join(context, 'blobs'), path.join(context, 'tmp'), files);
      blobs.put(content);
      const before = written;
      blobs.put(content);
      assert.equal(written, before);
    }
  });

  it('are durable before they are acknowledged also when another process has just made them', () => {
    const { blobs, root } = newBlobs();
    for (const ask of [
      (other: Blobs, content: Buffer) => other.put(content),
      (other: Blobs, content: Buffer) => other.holds(sha256(content)),
    ]) {
      const content = Buffer.from(`made by another process ${String(ask)}`);
      const name = blobs.put(content);
      const opened: unknown[] = [];
      const files = interceptFiles({
        before: (operation, file) => operation === 'openSync' && opened.push(file),
      });
      ask(new Blobs(root, path.join(root, '../tmp'), files), content);
      assert.deepEqual(opened, [path.join(root, name.slice(0, 2)), root]);
    }
  });

  it('are held until one of their files is not in its place', () => {
    for (const content of [Buffer.from('small'), largeBytes]) {
      const { blobs, files } = newBlobs();
      assert.equal(blobs.holds(sha256(content)), false);
      const name = blobs.put(content);
      for (const file of files()) {
        assert.equal(blobs.holds(name), true);
        fs.renameSync(file, `${file}.away`);
        assert.equal(blobs.holds(name), false);
        fs.renameSync(`${file}.away`, file);
      }
    }
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

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function newBlobs() {
  const context = temporaryContext();
  const root = path.join(context, 'blobs');
  const files = () =>
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  const names = () =>
    files()
      .map((file) => path.basename(file))
      .toSorted();
  return { blobs: new Blobs(root, path.join(context, 'tmp'), nodeFiles), root, files, names };
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
