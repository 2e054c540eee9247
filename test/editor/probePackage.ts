import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from './childProcess.ts';

const folder = join(import.meta.dirname, 'probe');

/** Packages the probe (see probe/extension.js) into `directory`; gives the path of the VSIX. */
export async function packageProbe(directory: string): Promise<string> {
  const vsix = join(directory, 'probe.vsix');
  const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');
  const flags = ['--no-dependencies', '--allow-missing-repository'];
  await run(process.execPath, [vsce, 'package', ...flags, '-o', vsix], { cwd: folder });
  return vsix;
}
