import { copyFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory, installInto, removeInstalled } from './cacheDirectory.ts';
import { findProgram, run } from './childProcess.ts';
import pin from './code-server/package.json' with { type: 'json' };
import { compiler, ensureSystem } from './systemPackages.ts';

/** How code-server is started: `spawn(command, [...args, ...])`. */
export interface CodeServer {
  readonly command: string;
  readonly args: readonly string[];
}

const version = pin.dependencies['code-server'];

const pinned = join(import.meta.dirname, 'code-server');
const pinnedFiles = ['package.json', 'package-lock.json'];

/**
 * The editor of the suite: code-server, installed on first use under the cache directory, exactly as
 * `code-server/package-lock.json` says (about 95 s on two cores, 800 MB). Elsewhere than on Linux it must be on PATH.
 */
export async function ensureCodeServer(): Promise<CodeServer> {
  if (process.platform !== 'linux') return installedByTheUser();
  const home = join(cacheDirectory(), `code-server-${version}`);
  if (!(await isCurrent(home))) await install(home);
  return { command: nodeOf(home), args: [join(home, 'node_modules/code-server/out/node/entry.js')] };
}

function installedByTheUser(): CodeServer {
  const command = findProgram('code-server');
  if (command !== undefined) return { command, args: [] };
  throw new Error(
    `On ${process.platform} code-server ${version} is not installed by itself: put \`code-server\` on PATH` +
      ' (macOS: `brew install code-server`), or run this on Linux or in WSL.',
  );
}

/** Whether a finished install of the very packages pinned now is there. */
async function isCurrent(home: string): Promise<boolean> {
  const [installed, wanted] = await Promise.all([
    readFile(join(home, 'package-lock.json'), 'utf8').catch(() => undefined),
    readFile(join(pinned, 'package-lock.json'), 'utf8'),
  ]);
  if (installed === wanted) return true;
  if (installed !== undefined) await removeInstalled(home);
  return false;
}

async function install(home: string): Promise<void> {
  await ensureSystem(compiler, `code-server ${version}`);
  console.error(`Installing code-server ${version} into ${home} (once, about two minutes) ...`);
  await installInto(home, async (staging) => {
    for (const file of pinnedFiles) await copyFile(join(pinned, file), join(staging, file));
    await npmCi(staging);
  });
}

async function npmCi(staging: string): Promise<void> {
  const flags = ['ci', '--no-audit', '--no-fund'];
  const options = { cwd: staging, env: npmEnvironment(staging) };
  // The npm that runs this script, if one does; else the one on PATH.
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('.js') === true) await run(process.execPath, [cli, ...flags], options);
  else await run('npm', flags, options);
}

/**
 * The caller's environment without what `npm run` put into it for this repository: its folder, and the user agent
 * that names the Node that npm itself runs on. How to reach the registry stays.
 */
function npmEnvironment(staging: string): NodeJS.ProcessEnv {
  const reach =
    /^npm_config_(registry|cache|(https?_?|no_?)proxy|cafile|strict_ssl|userconfig|globalconfig)$/i;
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/i.test(name) || reach.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    // The native parts compile against these headers, so nothing is downloaded from nodejs.org.
    npm_config_nodedir: nodePackage(staging),
  };
}

function nodePackage(home: string): string {
  return join(home, 'node_modules', `node-linux-${process.arch}`);
}

function nodeOf(home: string): string {
  return join(nodePackage(home), 'bin/node');
}
