import { existsSync } from 'node:fs';
import { findProgram, run } from './childProcess.ts';

/** Something the machine must have: a Debian package, and how to tell that it is there. */
export interface SystemNeed {
  readonly package: string;
  readonly isMet: () => boolean;
}

export const compiler: readonly SystemNeed[] = [
  { package: 'build-essential', isMet: () => hasPrograms('g++', 'make') },
  { package: 'python3', isMet: () => hasPrograms('python3') },
  { package: 'libkrb5-dev', isMet: () => existsSync('/usr/include/gssapi/gssapi.h') },
];

/** Meets the needs: by apt-get where that is possible without asking, else by an error of one line that names them. */
export async function ensureSystem(needs: readonly SystemNeed[], purpose: string): Promise<void> {
  const missing = needs.filter((need) => !need.isMet()).map((need) => need.package);
  if (missing.length === 0) return;
  const aptGet = findProgram('apt-get');
  if (aptGet === undefined || process.getuid?.() !== 0) {
    throw new Error(
      `${purpose} needs ${missing.join(', ')}: run \`sudo apt-get install ${missing.join(' ')}\`.`,
    );
  }
  console.error(`Installing ${missing.join(', ')} by apt-get, for ${purpose} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run(aptGet, ['update', '-q'], { env });
  await run(aptGet, ['install', '-y', '-q', '--no-install-recommends', ...missing], { env });
}

function hasPrograms(...names: readonly string[]): boolean {
  return names.every((name) => findProgram(name) !== undefined);
}
