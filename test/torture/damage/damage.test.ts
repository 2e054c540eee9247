import * as assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { sha256 } from '../../../src/core/log/frame.ts';
import { interceptFiles } from '../../core/log/interceptFiles.ts';
import { temporaryDirectory } from '../../core/store/openStore.ts';
import { damageEverything } from './damage.ts';

describe('damaged files', function () {
  this.timeout(60_000);

  it('find out when no checksum is checked', () => {
    const setting = { scale: 'short', seed: 4, directory: temporaryDirectory() } as const;
    assert.notDeepEqual(damageEverything(setting, unchecked).failures, []);
  });
});

/** Reads every file with its checksums made right, whatever it holds: as if none were checked. */
const unchecked = interceptFiles({
  answer: (operation, file, result) =>
    operation === 'readFileSync' && result instanceof Uint8Array ? madeRight(String(file), result) : result,
});

function madeRight(file: string, bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const [line, start] = /^(permafrost \d+ )[^\n]*\n/.exec(text) ?? [];
  if (line === undefined || start === undefined) return bytes;
  // A manifest has the checksums of other files in it.
  const body = text
    .slice(line.length)
    .replaceAll(PART, (_, name: string) => partOf(path.dirname(file), name));
  const sum = sha256(Buffer.from(start + body, 'latin1'));
  return Buffer.from(`${start}${sum}\n${body}`, 'latin1');
}

const PART = /"file":"([^"]+)","sha256":"[^"]*"/g;

function partOf(directory: string, name: string): string {
  const file = path.join(directory, name);
  const sum = existsSync(file) ? sha256(readFileSync(file)) : '';
  return `"file":"${name}","sha256":"${sum}"`;
}
