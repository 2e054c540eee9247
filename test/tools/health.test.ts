import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as z from 'zod';
import { originNotAllowed } from '../../src/core/errors.ts';
import { CHUNK_BYTES } from '../../src/core/log/chunks.ts';
import { sha256 } from '../../src/core/log/frame.ts';
import { blobFile } from '../core/log/blobPlaces.ts';
import { checkpoint } from '../core/store/checkpoints.ts';
import { ANYTHING } from '../../src/core/vllm/endpoints/route.ts';
import { endpointsAt, standinFor, to } from '../core/windows/openWindows.ts';
import { startStandin } from '../vllm/standin/server.ts';
import { openTools, type ToolsOptions } from './openTools.ts';

const Warned = z.looseObject({ warnings: z.array(z.string()).optional() });
const Health = z.object({
  status: z.string(),
  parts: z.array(
    z.object({ name: z.string(), status: z.string(), detail: z.string(), hint: z.string().optional() }),
  ),
});

async function healthOf(options?: ToolsOptions) {
  const { status, parts } = Health.parse(await openTools(options).answer('health_check', {}));
  return { status, parts: Object.fromEntries(parts.map((part) => [part.name, part])) };
}

const Created = z.object({ created: z.array(z.object({ id: z.string() })) });

async function contentOf(tools: ReturnType<typeof openTools>) {
  const { parts } = Health.parse(await tools.answer('health_check', {}));
  const part = parts.find(({ name }) => name === 'content');
  return part ?? assert.fail('nothing is said of content');
}

describe('the health check', () => {
  it('is well without a vLLM server, and says how to name one', async () => {
    const { status, parts } = await healthOf();
    assert.equal(status, 'ok');
    assert.match(parts['vllm']?.hint ?? '', /permafrost\.vllm\.endpoint/);
  });

  it('says which server answers and what it serves', async () => {
    const standin = await startStandin({});
    try {
      const { status, parts } = await healthOf({
        connect: to(standin),
      });
      assert.equal(status, 'ok');
      assert.match(parts['vllm']?.detail ?? '', new RegExp(standin.model));
    } finally {
      await standin.close();
    }
  });

  it('is well where a gateway lets only /v1 through', async () => {
    for (const status of [403, 404]) {
      const standin = await standinFor();
      standin.faults.set({ kind: 'status', status }, { path: '/version' });
      const { parts } = await healthOf({ connect: to(standin) });
      assert.deepEqual(parts['vllm'], {
        name: 'vllm',
        status: 'ok',
        detail: `vLLM at ${standin.url} serves ${standin.model}`,
      });
    }
  });

  it('says of each of several servers how it does, and which one is left alone for now', async () => {
    const standins = [await standinFor(), await standinFor({ model: 'qwen' }), await standinFor()];
    const [dead, well, failed] = standins.map(({ url }) => url);
    const endpoints = endpointsAt(
      standins.map(({ url }) => url),
      { rest: { first: 3_600_000, longest: 3_600_000 } },
    );
    standins[2]?.faults.set({ kind: 'status', status: 500 }, { path: '/v1/models', times: 1 });
    await standins[0]?.close();
    await endpoints.run(ANYTHING, () => Promise.resolve());
    const { status, parts } = await healthOf({ connect: () => Promise.resolve(endpoints) });
    assert.equal(status, 'degraded');
    assert.match(parts[`vllm ${dead}`]?.detail ?? '', /PF-5002/);
    assert.deepEqual(
      [parts[`vllm ${well}`]?.status, parts[`vllm ${well}`]?.detail],
      ['ok', `vLLM 0.32.0 at ${well} serves qwen`],
    );
    assert.match(parts[`vllm ${failed}`]?.detail ?? '', /serves standin-llama; it is left alone.*PF-5004/);
  });

  it('is degraded by a server that is stopped, and by one that is not allowed', async () => {
    const stopped = await startStandin({});
    await stopped.close();
    const cases: [ToolsOptions['connect'], RegExp][] = [
      [to(stopped), /PF-5002/],
      [() => Promise.reject(originNotAllowed('http://elsewhere')), /PF-8004/],
    ];
    for (const [connect, code] of cases) {
      const { status, parts } = await healthOf(connect === undefined ? {} : { connect });
      assert.equal(status, 'degraded');
      assert.match(parts['vllm']?.detail ?? '', code);
    }
  });

  it('is degraded by a damaged snapshot, names it, and says that nothing is lost', async () => {
    const before = openTools();
    await before.answer('memory_create', { memories: [{ title: 'first', content: '' }] });
    checkpoint(before.directory);
    const [epoch = ''] = readdirSync(path.join(before.directory, 'epochs'));
    writeFileSync(path.join(before.directory, 'epochs', epoch, 'snapshot.json'), 'not a manifest');

    const after = openTools({ directory: before.directory });
    const { status, parts } = Health.parse(await after.answer('health_check', {}));
    assert.equal(status, 'degraded');
    assert.match(parts[0]?.detail ?? '', /snapshot\.json.*Nothing is lost/);
    await after.answer('memory_create', { memories: [{ title: 'second', content: '' }] });
  });

  it('names a damaged commit, while the rest can still be read and nothing is written or deleted', async () => {
    const before = openTools();
    const titles = ['first', 'second', 'third'];
    for (const title of titles) await before.answer('memory_create', { memories: [{ title, content: '' }] });
    const epochs = path.join(before.directory, 'epochs');
    const files = readdirSync(epochs, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.tx'),
    );
    const damaged = files.toSorted().at(-2) ?? '';
    writeFileSync(path.join(epochs, damaged), 'not a commit');

    const after = openTools({ directory: before.directory });
    const { status, parts } = Health.parse(await after.answer('health_check', {}));
    assert.equal(status, 'failing');
    assert.match(parts[0]?.detail ?? '', new RegExp(path.basename(damaged)));
    const { memories } = z
      .object({ memories: z.array(z.object({ title: z.string() })) })
      .parse(await after.answer('memory_list', {}));
    assert.deepEqual(
      memories.map(({ title }) => title),
      ['third', 'first'],
    );
    // Who only reads is told too.
    const { texts, structuredContent } = await after.call('memory_search', { query: 'second' });
    assert.match(texts.join('\n'), /No memory fits[^]*this may not be all of it/);
    assert.deepEqual(Warned.parse(structuredContent).warnings, texts.slice(-1));
    assert.equal(Warned.parse(await before.answer('memory_list', {})).warnings, undefined);
    const refusal = await after.refusal('memory_create', { memories: [{ title: 'fourth', content: '' }] });
    assert.equal(refusal.code, 'PF-4007');
    assert.match(refusal.message, new RegExp(path.basename(damaged)));
    assert.equal(
      readdirSync(epochs, { recursive: true }).filter((file) => String(file).endsWith('.tx')).length,
      files.length,
    );
  });

  it('names large content that is damaged or missing, and whose it is, until that is saved again', async () => {
    const tools = openTools();
    const contents = ['whole', 'changed', 'chunk'].map((name, at) =>
      name.repeat([10_000, 10_000, 500_000][at] ?? 0),
    );
    const created = await tools.answer('memory_create', {
      memories: contents.map((content, at) => ({ title: `number ${at}`, content })),
    });
    const [, changed = '', chunk = ''] = Created.parse(created).created.map(({ id }) => id);
    assert.match(
      (await contentOf(tools)).detail,
      /^3 large contents, all there; 3 of them read just now, and whole$/,
    );
    const [, file = '', inChunks = ''] = contents.map((content) =>
      blobFile(tools.directory, sha256(content)),
    );
    writeFileSync(file, 'not a blob');
    rmSync(blobFile(tools.directory, sha256(contents[2]?.slice(0, CHUNK_BYTES) ?? '')));

    const { status, detail } = await contentOf(tools);
    assert.equal(status, 'degraded');
    assert.match(detail, /^2 of 3 large contents cannot be read, of 3 that were tried just now\./);
    assert.ok(detail.includes(`memory ${changed}: The file "${file}" is damaged: it is kept in a way`));
    assert.match(detail, new RegExp(`memory ${chunk}: The file "[^"]*" is damaged: it is missing`));
    rmSync(`${inChunks}.list`);
    assert.match((await contentOf(tools)).detail, new RegExp(`memory ${chunk}: [^:]*: it is missing`));

    for (const [at, id] of [changed, chunk].entries())
      await tools.answer('memory_update', { id, content: contents[at + 1] });
    assert.equal((await contentOf(tools)).status, 'ok');
  });

  it('names what went bad on disk under a running process, which goes on, and sees at once when it was put back', async () => {
    const running = openTools();
    for (const title of ['first', 'second'])
      await running.answer('memory_create', { memories: [{ title, content: '' }] });
    const epochs = path.join(running.directory, 'epochs');
    const [file = ''] = readdirSync(epochs, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('2.tx'))
      .map((name) => path.join(epochs, name));
    const whole = readFileSync(file);
    writeFileSync(file, 'not a commit');
    const log = async (tools: ReturnType<typeof openTools>) => {
      const { status, detail } =
        Health.parse(await tools.answer('health_check', {})).parts[0] ?? assert.fail();
      return `${status} ${detail}`;
    };
    const later = openTools({ directory: running.directory });
    for (const [tools, what] of [
      [running, 'It was whole when this process read it'],
      [later, 'read-only because its log is damaged'],
    ] as const) {
      const told = await log(tools);
      assert.ok(told.startsWith('failing') && told.includes(file) && told.includes(what), told);
    }
    await running.answer('memory_create', { memories: [{ title: 'third', content: '' }] });
    writeFileSync(file, whole);
    for (const tools of [running, later]) assert.match(await log(tools), /^ok 4 commits/);
  });

  it('says what it can where not even the tables are left', async () => {
    const before = openTools();
    await before.answer('memory_create', { memories: [{ title: 'first', content: '' }] });
    const epochs = path.join(before.directory, 'epochs');
    const [schema = ''] = readdirSync(epochs, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('1.tx'),
    );
    writeFileSync(path.join(epochs, schema), 'not a commit');
    const { parts } = Health.parse(
      await openTools({ directory: before.directory }).answer('health_check', {}),
    );
    assert.deepEqual(
      parts.map(({ name, status }) => [name, status]),
      [
        ['log', 'failing'],
        ['content', 'degraded'],
        ['storage', 'ok'],
        ['vllm', 'ok'],
      ],
    );
  });

  it('answers when the context cannot be opened at all', async () => {
    const tools = openTools();
    rmSync(path.join(tools.directory, 'epochs'), { recursive: true });
    const { status, parts } = Health.parse(await tools.answer('health_check', {}));
    assert.equal(status, 'failing');
    assert.match(parts[0]?.detail ?? '', /PF-4008/);
  });

  it('says that the directory cannot be written', async function () {
    if (process.getuid?.() === 0) this.skip(); // root may write everywhere
    const tools = openTools();
    const temporary = path.join(tools.directory, 'tmp');
    chmodSync(temporary, 0o500);
    try {
      const { status } = Health.parse(await tools.answer('health_check', {}));
      assert.equal(status, 'failing');
    } finally {
      chmodSync(temporary, 0o700);
    }
  });
});
