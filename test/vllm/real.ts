import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import { installVllm, tinyModel } from './install.ts';

export interface RealVllmOptions {
  readonly apiKey?: string;
  /** A free one is taken if none is given. */
  readonly port?: number;
  /** A directory with a model; TINY if none is given. */
  readonly model?: string;
  /** The name that it is served under; tiny-llama if none is given. */
  readonly servedAs?: string;
  /** Further flags, such as --kv-transfer-config. */
  readonly flags?: readonly string[];
  /** Milliseconds until it has to be healthy, and to have compiled. */
  readonly patienceMs?: number;
}

export interface RealVllm {
  readonly url: string;
  readonly model: string;
  readonly apiKey: string;
  /** Its PYTHONHASHSEED. */
  readonly hashSeed: string;
  /** The hashes of all blocks that it has published as stored, oldest first, in hex. */
  storedBlocks(): Promise<string[]>;
  /** Stops all its processes where they are, as a hung one is; `resume` has them go on. */
  pause(): void;
  resume(): void;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const MODEL = 'tiny-llama';
const PATIENCE_MS = 300_000;
const STOP_MS = 20_000;
const LOG_LINES = 40;
const HASH_SEED = '0';
export const BLOCK_SIZE = 32;

// A small cache, no GPU, no network, and block hashes that are the same every time.
const ENVIRONMENT = {
  HF_HUB_OFFLINE: '1',
  VLLM_TARGET_DEVICE: 'cpu',
  VLLM_CPU_KVCACHE_SPACE: '1',
  VLLM_CPU_OMP_THREADS_BIND: 'nobind',
  VLLM_NO_USAGE_STATS: '1',
  PYTHONHASHSEED: HASH_SEED,
  VLLM_KV_EVENTS_USE_INT_BLOCK_HASHES: '0',
};

const FLAGS = [
  '-m',
  'vllm.entrypoints.openai.api_server',
  '--host=127.0.0.1',
  '--enforce-eager',
  '--dtype=float32',
  '--max-model-len=16384',
  `--block-size=${BLOCK_SIZE}`,
  '--enable-prefix-caching',
  '--prefix-caching-hash-algo=sha256_cbor',
  '--enable-prompt-tokens-details',
];

/**
 * Starts a real vLLM on the CPU, installed before if it has to be. When this resolves, after about 40 s and up to 30 more
 * on a new machine, it is healthy, and has compiled what probabilities need.
 */
export async function startRealVllm(options: RealVllmOptions = {}): Promise<RealVllm> {
  const python = await installVllm();
  const model = options.model ?? (await tinyModel(python));
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const files = await mkdtemp(join(tmpdir(), 'permafrost-vllm-'));
  const log = join(files, 'log');
  const server = run(python, [...flagsOf(options, model, port), ...publishing(files)], log);
  const stopped = async (end: () => Promise<void>) => {
    await end();
    await rm(files, { recursive: true, force: true });
  };
  const close = () => stopped(() => stop(server));
  try {
    const patience = AbortSignal.timeout(options.patienceMs ?? PATIENCE_MS);
    await untilHealthy(url, server, patience);
    await untilCompiled(url, options, patience);
  } catch (cause) {
    const lines = (await readFile(log, 'utf8')).split('\n');
    await close();
    // The reason is often far above the end, among the tracebacks of processes that fail because of it.
    const telling = lines.filter((line) => /Error|Exception/.test(line)).slice(0, LOG_LINES);
    const tail = lines.slice(-LOG_LINES);
    const shown = ['What failed in its log:', ...telling, 'The end of it:', ...tail].join('\n');
    throw new Error(`vLLM did not start. ${shown}`, { cause });
  }
  return {
    url,
    model: options.servedAs ?? MODEL,
    apiKey: options.apiKey ?? '',
    hashSeed: HASH_SEED,
    storedBlocks: () => storedBlocks(python, files),
    pause: () => signalGroup(server, 'SIGSTOP'),
    resume: () => signalGroup(server, 'SIGCONT'),
    kill: () => stopped(() => kill(server)),
    close,
  };
}

function flagsOf(
  { apiKey, servedAs = MODEL, flags = [] }: RealVllmOptions,
  model: string,
  port: number,
): string[] {
  return [
    ...FLAGS,
    `--model=${model}`,
    `--served-model-name=${servedAs}`,
    `--port=${port}`,
    ...(apiKey === undefined ? [] : ['--api-key', apiKey]),
    ...flags,
  ];
}

/** Has it publish which blocks it stores, and send that again to whoever asks: see kv_events.py. */
function publishing(files: string): string[] {
  const config = {
    enable_kv_cache_events: true,
    publisher: 'zmq',
    endpoint: `ipc://${files}/events`,
    replay_endpoint: `ipc://${files}/replay`,
  };
  return ['--kv-events-config', JSON.stringify(config)];
}

async function storedBlocks(python: string, files: string): Promise<string[]> {
  const script = join(import.meta.dirname, 'kv_events.py');
  const options = { maxBuffer: 1 << 26 };
  const { stdout } = await promisify(execFile)(python, [script, `ipc://${files}/replay`], options);
  return z.array(z.string()).parse(JSON.parse(stdout));
}

/** The server in a process group of its own, so that its engine ends with it. */
function run(python: string, flags: readonly string[], log: string): ChildProcess {
  const environment = { ...process.env, ...ENVIRONMENT };
  const server = spawn(python, flags, {
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(log);
  server.stdout.pipe(file, { end: false });
  server.stderr.pipe(file, { end: false });
  server.once('error', (error) => file.write(`${error.message}\n`));
  process.once('exit', () => {
    if (isRunning(server)) signalGroup(server, 'SIGKILL');
  });
  return server;
}

async function untilHealthy(url: string, server: ChildProcess, patience: AbortSignal): Promise<void> {
  while (!patience.aborted) {
    if (!isRunning(server)) throw new Error('the process has ended');
    if (await isHealthy(url)) return;
    await delay(500);
  }
  throw new Error('not healthy in time');
}

/**
 * Asks for the probabilities of a token: vLLM compiles what these need when they are first asked for. That takes so long
 * on a slow machine that a freeze takes the server for a hung one, as it says in docs/architecture.md.
 */
async function untilCompiled(
  url: string,
  { apiKey = '', servedAs = MODEL }: RealVllmOptions,
  signal: AbortSignal,
): Promise<void> {
  const { ok, status, body } = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: servedAs, prompt: 'warm', max_tokens: 1, logprobs: 1 }),
    signal,
  });
  await body?.cancel();
  if (!ok) throw new Error(`no probabilities: HTTP ${status}`);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false; // it does not listen yet
  }
}

async function kill(server: ChildProcess): Promise<void> {
  const ended = isRunning(server) ? once(server, 'exit') : undefined;
  signalGroup(server, 'SIGKILL');
  await ended;
}

async function stop(server: ChildProcess): Promise<void> {
  if (isRunning(server)) {
    const ended = once(server, 'exit');
    signalGroup(server, 'SIGTERM');
    await Promise.race([ended, delay(STOP_MS, undefined, { ref: false })]);
  }
  signalGroup(server, 'SIGKILL'); // what is left of the group
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (thrown) {
    const gone = thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH';
    if (!gone) throw thrown;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('no free port');
}
