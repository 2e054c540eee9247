import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import * as z from 'zod';
import { allTools } from '../src/tools/index.ts';
import { manifest } from '../src/vscode/contributions/manifest.ts';
import { settingsReference } from './generated/settingsReference.ts';
import { toolReference } from './generated/toolReference.ts';

const root = join(import.meta.dirname, '..');

describe('what is made from the code', () => {
  it('is in package.json', async () => {
    const file = join(root, 'package.json');
    const before = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')));
    await expectWritten(file, JSON.stringify({ ...before, ...manifest(allTools) }, null, 2));
  });

  it('is in docs/tools.md', () => expectWritten(join(root, 'docs/tools.md'), toolReference(allTools)));

  it('is in docs/settings.md', () => expectWritten(join(root, 'docs/settings.md'), settingsReference()));
});

/** Fails when the file says something else, and puts that right: run the tests again and look at the change. */
async function expectWritten(file: string, content: string): Promise<void> {
  const options = await prettier.resolveConfig(file);
  const expected = await prettier.format(content, { ...options, filepath: file });
  const before = readIfThere(file);
  if (before !== expected) writeFileSync(file, expected);
  assert.equal(before, expected, `${file} was out of date and has been written anew`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // Not made yet.
  }
}
