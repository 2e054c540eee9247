import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PermafrostError } from '../../src/core/errors.ts';
import { readOptions, strayKeys, type ServeOptions } from '../../src/mcp/options.ts';
import { Workplace } from './workplace.ts';

function serve(args: string, environment: Record<string, string> = {}): ServeOptions {
  const options = readOptions(args.split(' ').filter(Boolean), environment, '/cwd');
  assert.equal(options.kind, 'serve');
  return options.kind === 'serve' ? options : assert.fail();
}

describe('The options of the MCP server', () => {
  it('are the current folder, stdio and all tools by default', () => {
    assert.deepEqual(serve(''), {
      kind: 'serve',
      place: { kind: 'folder', directory: '/cwd', from: 'the current folder' },
      http: undefined,
      vllm: [],
      areas: new Set(['memory', 'windows', 'admin']),
      readOnly: false,
      allowedContexts: [],
      sessionDays: 0,
    });
  });

  it('take a context or a folder, and an option wins over the environment', () => {
    const environment = { PERMAFROST_CONTEXT_DIR: '/env' };
    assert.deepEqual(serve('', environment).place, {
      kind: 'context',
      directory: '/env',
      from: 'PERMAFROST_CONTEXT_DIR',
    });
    assert.deepEqual(serve('--context /a', environment).place, {
      kind: 'context',
      directory: '/a',
      from: '--context',
    });
    assert.deepEqual(serve('--folder /b', environment).place, {
      kind: 'folder',
      directory: '/b',
      from: '--folder',
    });
  });

  it('take the servers with their secrets', () => {
    assert.deepEqual(serve('--http 0 --token T').http, { port: 0, token: 'T' });
    assert.deepEqual(serve('--http 8080', { PERMAFROST_TOKEN: 'E' }).http, { port: 8080, token: 'E' });
    const environment = { PERMAFROST_VLLM_API_KEY: 'K' };
    assert.deepEqual(serve('--vllm http://h:1/v1/', environment).vllm, [
      { endpoint: 'http://h:1', apiKey: 'K', hashSeed: undefined },
    ]);
    assert.equal(serve('--vllm http://h:1 --vllm-hash-seed 0').vllm[0]?.hashSeed, '0');
  });

  it('take several servers, each once, with one key when they have one origin', () => {
    const environment = { PERMAFROST_VLLM_API_KEY: 'K' };
    assert.deepEqual(
      serve('--vllm http://h:1/a --vllm http://h:1/b/ --vllm http://h:1/a/v1', environment).vllm,
      [
        { endpoint: 'http://h:1/a', apiKey: 'K', hashSeed: undefined },
        { endpoint: 'http://h:1/b', apiKey: 'K', hashSeed: undefined },
      ],
    );
  });

  it('take a key for each origin, and give none to another', () => {
    const environment = { PERMAFROST_VLLM_API_KEYS: '{"http://h:1/v1": "K1", "http://h:2": "K2"}' };
    assert.deepEqual(serve('--vllm http://h:1 --vllm http://h:2 --vllm http://h:3', environment).vllm, [
      { endpoint: 'http://h:1', apiKey: 'K1', hashSeed: undefined },
      { endpoint: 'http://h:2', apiKey: 'K2', hashSeed: undefined },
      { endpoint: 'http://h:3', apiKey: undefined, hashSeed: undefined },
    ]);
  });

  it('refuse one key for servers of several origins, and keys that cannot be read, without quoting them', () => {
    const servers = '--vllm http://h:1 --vllm http://h:2';
    assert.throws(() => serve(servers, { PERMAFROST_VLLM_API_KEY: 'K' }), /several origins/);
    for (const listed of ['secret', '["secret"]', '{"http://h:1": 7, "secret": "x"}', '{"secret": "x"}']) {
      assert.throws(
        () => serve(servers, { PERMAFROST_VLLM_API_KEYS: listed }),
        (error) =>
          error instanceof PermafrostError &&
          error.code === 'PF-1001' &&
          /PERMAFROST_VLLM_API_KEYS has to be/.test(error.sentence) &&
          !error.sentence.includes('secret'),
      );
    }
  });

  it('say which keys fit no server, without quoting them', () => {
    const environment = { PERMAFROST_VLLM_API_KEYS: '{"http://h:1/v1": "K1", "https://h:2": "secret"}' };
    const { vllm } = serve('--vllm http://h:1 --vllm http://h:2', environment);
    assert.deepEqual(strayKeys(vllm, environment), [
      'PERMAFROST_VLLM_API_KEYS has a key for https://h:2 that is not used: no --vllm has this origin (there are http://h:1, http://h:2).',
    ]);
    assert.match(strayKeys([], environment).join(), /key for http:\/\/h:1 that .* \(there is none\)/);
    assert.deepEqual(strayKeys(vllm, {}), []);
  });

  it('take the days after which sessions are over', () => {
    assert.equal(serve('--session-days 30').sessionDays, 30);
    assert.equal(serve('', { PERMAFROST_SESSION_DAYS: '7' }).sessionDays, 7);
    assert.equal(serve('--session-days 0', { PERMAFROST_SESSION_DAYS: '7' }).sessionDays, 0);
    for (const days of ['-1', 'soon', '1.5', '100000']) {
      assert.throws(() => serve(`--session-days=${days}`), {
        code: 'PF-1001',
        message: /whole number of days/,
      });
    }
  });

  it('take a part of the tools, and other contexts by several names', () => {
    assert.deepEqual(serve('--tools windows').areas, new Set(['windows']));
    assert.equal(serve('--read-only').readOnly, true);
    assert.deepEqual(serve('--allow-context a --allow-context=b').allowedContexts, ['a', 'b']);
  });

  const refusals: [string, RegExp][] = [
    ['--frost', /^Unknown option '--frost'\.$/],
    ['extra', /^Unexpected argument 'extra'\./],
    ['--context', /--context <value>' argument missing/],
    ['--context --read-only', /--context' argument is ambiguous/],
    ['--read-only=yes', /'--read-only' does not take an argument/],
    ['--context=', /--context is empty/],
    ['--vllm http://h:1 --vllm=', /--vllm is empty/],
    ['--context a --folder b', /--context and --folder exclude each other/],
    ['--http 8080', /--http needs a token/],
    ['--http 65536 --token T', /--http needs a port from 0 to 65535, not "65536"/],
    ['--http 80a --token T', /--http needs a port/],
    ['--http 80 --token ü', /printable ASCII/],
    ['--token T', /--token is for --http/],
    ['--vllm localhost:8000', /vLLM endpoint cannot be used/],
    ['--vllm-hash-seed 0', /--vllm-hash-seed is for --vllm/],
    ['--tools memory,all', /--tools takes memory, windows and admin.*not "memory,all"/],
    ['--embeddings http://h:1', /--embeddings cannot be used yet/],
    ['--backups /b', /--backups cannot be used yet/],
  ];
  for (const [args, message] of refusals) {
    it(`refuse ${args}`, () => {
      assert.throws(
        () => serve(args),
        (error) =>
          error instanceof PermafrostError && error.code === 'PF-1001' && message.test(error.message),
      );
    });
  }
});

describe('A start of the MCP server', () => {
  let place: Workplace;

  beforeEach(() => {
    place = new Workplace();
  });

  afterEach(() => place.close());

  async function refusal(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await place.run(args, env);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    return stderr;
  }

  it('says in its log which keys fit no server', async () => {
    const env = { PERMAFROST_VLLM_API_KEYS: '{"http://127.0.0.1:8001": "secret"}' };
    const { code, stderr } = await place.run(['--vllm', 'http://127.0.0.1:8000'], env);
    assert.equal(code, 0);
    assert.match(stderr, /^permafrost: PERMAFROST_VLLM_API_KEYS has a key for http:\/\/127\.0\.0\.1:8001 /);
    assert.doesNotMatch(stderr, /secret/);
  });

  it('prints help or its version, and does nothing else', async () => {
    const help = await place.run(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--context DIR[^]*PERMAFROST_HOME/);
    assert.match((await place.run(['--version'])).stdout, /^\d+\.\d+\.\d+$/);
    assert.equal(existsSync(place.home), false);
  });

  it('is refused in one line with exit code 2 for a wrong option', async () => {
    assert.match(
      await refusal(['--frost']),
      /^permafrost: PF-1001: Unknown option '--frost'\. See --help\.$/m,
    );
  });

  it('is refused when the folder is not there, or is a file', async () => {
    const missing = path.join(place.root, 'nowhere');
    assert.match(await refusal(['--folder', missing]), /PF-4001.*nowhere.*--folder/);
    const file = path.join(place.root, 'file');
    writeFileSync(file, '');
    assert.match(await refusal(['--context', file]), /PF-4002.*file/);
  });

  it('makes the directory of --context with all that is missing above it', async () => {
    const directory = path.join(place.root, 'not/there/yet');
    assert.equal((await place.run(['--context', directory])).code, 0);
    assert.ok(existsSync(path.join(directory, 'context.json')));
  });

  it('is refused when the place for the home is not there', async () => {
    const env = { PERMAFROST_HOME: path.join(place.root, 'no/home') };
    assert.match(await refusal([], env), /PF-4001.*PERMAFROST_HOME/);
  });

  it('is refused when the place for the context cannot be written', async () => {
    const locked = process.getuid?.() === 0 ? '/sys' : path.join(place.root, 'locked'); // root may write elsewhere
    if (locked !== '/sys') mkdirSync(locked, { mode: 0o500 });
    assert.match(await refusal(['--context', path.join(locked, 'context')]), /PF-4002/);
    assert.match(await refusal([], { PERMAFROST_HOME: locked }), /PF-4002/);
  });

  it('is refused when the context is damaged or --allow-context names none', async () => {
    const directory = path.join(place.root, 'context');
    mkdirSync(directory);
    writeFileSync(path.join(directory, 'context.json'), 'not this');
    assert.match(await refusal(['--context', directory]), /PF-4003.*context\.json/);
    assert.match(await refusal(['--allow-context', 'nobody']), /PF-1001.*"nobody".*Registered: none/);
  });
});
