import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import type { PermafrostError } from '../../../src/core/errors.ts';
import { blobFiles } from '../log/blobPlaces.ts';
import { interceptFiles } from '../log/interceptFiles.ts';
import { openMemories } from './openMemories.ts';

const code = (expected: string) => (error: PermafrostError) => error.code === expected;

function createOne(memories: ReturnType<typeof openMemories>['memories'], fields: object = {}) {
  const [created] = memories.create([
    { title: 'A title', content: 'Some content', tags: ['a', 'b'], ...fields },
  ]).created;
  assert.ok(created);
  return created;
}

describe('memories', () => {
  it('gives back what was created, to the byte, at version 1', () => {
    const { memories } = openMemories();
    const content = '# Größe\r\n\n\ttabs \u{1F9CA} and trailing space \n';
    const { id } = createOne(memories, { content, tier: 'short_term', source: 'a test' });
    const [memory] = memories.read([id]).memories;
    assert.equal(memory?.content, content);
    assert.equal(memory.version, 1);
    assert.deepEqual(memory.tags, ['a', 'b']);
    assert.equal(memory.tier, 'short_term');
    assert.equal(memory.source, 'a test');
    assert.equal(memory.size, Buffer.byteLength(content));
  });

  it('creates a batch in one commit, in order, with ids that sort in that order', () => {
    const { memories, store } = openMemories();
    const before = store.position;
    const batch = Array.from({ length: 500 }, (_, at) => ({ title: `memory ${at}`, content: '' }));
    const { created, commit } = memories.create(batch);
    assert.equal(commit, before + 1);
    assert.equal(store.position, commit);
    assert.deepEqual(
      created.map(({ title }) => title),
      batch.map(({ title }) => title),
    );
    const ids = created.map(({ id }) => id);
    assert.deepEqual(ids.toSorted(), ids);
  });

  it('finds each memory of a large batch by its tags, whatever is in them', () => {
    const { memories } = openMemories();
    const tag = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const strange = fc.constantFrom(
      '"',
      "'",
      '\\',
      '\\u0041',
      '\n\t',
      '[]',
      '{"a":1}',
      '1',
      'null',
      '\u2028',
      'é',
      'e\u0301',
    );
    const tags = fc.array(
      fc.oneof(
        strange,
        tag.filter((text) => !text.includes('\0')),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.array(tags, { minLength: 10, maxLength: 30 }), (all) => {
        const { created } = memories.create(
          all.map((each, at) => ({ title: `${at}`, content: '', tags: each })),
        );
        for (const each of new Set(all.flat())) {
          const found = memories.list({ tags: [each], limit: 100 }).memories.map(({ id }) => id);
          const expected = created.filter((_, at) => all[at]?.includes(each)).map(({ id }) => id);
          assert.deepEqual(found.toSorted(), expected);
        }
        memories.deleteForGood(created.map(({ id }) => id));
      }),
      { numRuns: 30 },
    );
  });

  it('answers a create with what is read afterwards, in every process', () => {
    const here = openMemories();
    const there = openMemories(here.store.directory);
    const [first] = [createOne(here.memories), createOne(there.memories)];
    here.memories.deleteForGood([first.id]);
    const batch = [
      { title: 'plain', content: '' },
      { title: 'full', content: 'é', tags: ['b', 'a', 'b'], tier: 'short_term' as const, source: 'a test' },
      { title: 'large', content: 'x'.repeat(20_000), tags: ['a'] },
    ];
    const created = [here, there, here].flatMap(({ memories }) => memories.create(batch).created);
    const ids = created.map(({ id }) => id);
    assert.ok(
      created.every(({ createdAt, updatedAt }) => createdAt === here.clock.now && updatedAt === createdAt),
    );
    for (const { memories } of [here, there, openMemories(here.store.directory)]) {
      assert.deepEqual(memories.summaries(ids), { memories: created, missing: [] });
    }
  });

  it('creates none of a batch when one of it relates to a memory that is not there', () => {
    const { memories, store } = openMemories();
    const before = store.position;
    const bad = { title: 'bad', content: '', relations: [{ to: 'nobody', type: 'relates_to' as const }] };
    assert.throws(() => memories.create([{ title: 'good', content: '' }, bad]), code('PF-2001'));
    assert.equal(store.position, before);
    assert.equal(store.read((view) => view.all('SELECT id FROM memories')).length, 0);
  });

  it('reads in the order asked and names what is missing', () => {
    const { memories } = openMemories();
    const [a, b] = [createOne(memories, { title: 'a' }), createOne(memories, { title: 'b' })];
    const read = memories.read([b.id, 'nobody', a.id]);
    assert.deepEqual(
      read.memories.map(({ title }) => title),
      ['b', 'a'],
    );
    assert.deepEqual(read.missing, ['nobody']);
  });

  it('keeps content over 10 KB outside the database, once, and gives it back', () => {
    const { memories, store } = openMemories();
    const content = 'The permafrost keeps what was laid down. '.repeat(1000);
    const [a, b] = [createOne(memories, { content }), createOne(memories, { content })];
    assert.equal(memories.read([a.id]).memories[0]?.content, content);
    assert.equal(memories.read([b.id]).memories[0]?.content, content);
    assert.equal(store.read((view) => view.all('SELECT id FROM memories WHERE content IS NULL')).length, 2);
    assert.equal(readdirSync(path.join(store.directory, 'blobs')).length, 1);
  });

  it('names the memory whose blob is damaged and the file, finds it by its title, and changes nothing but its content', () => {
    const { memories, store, search } = openMemories();
    const { id } = createOne(memories, { title: 'glacier', content: 'x'.repeat(20_000) });
    const [blob] = blobFiles(store.directory);
    assert.ok(blob);
    writeFileSync(blob, 'nothing');
    const refusals = [
      () => memories.read([createOne(memories).id, id]),
      () => memories.update(id, { title: 'iceberg' }),
    ];
    for (const refused of refusals) {
      assert.throws(refused, (error: PermafrostError) => {
        return (
          error.code === 'PF-4003' && [id, path.basename(blob)].every((name) => error.message.includes(name))
        );
      });
    }
    const { results } = search.search({ query: 'glacier', limit: 10 });
    assert.deepEqual(
      results.map(({ snippet, version }) => [snippet, version]),
      [['(its content is damaged: reading the memory names the file)', 1]],
    );
    assert.equal(memories.update(id, { content: 'ice' }, 1).version, 2);
    assert.equal(memories.read([id]).memories[0]?.content, 'ice');
    assert.throws(() => memories.restoreVersion(id, 1), code('PF-4003'));
    assert.deepEqual(
      memories.read([id]).memories.map(({ version, content }) => [version, content]),
      [[2, 'ice']],
    );
  });

  it('reads large content once for a change that others get ahead of again and again', () => {
    let reads = 0;
    let ahead = 0;
    const files = interceptFiles({
      before: (operation, file) => {
        if (operation === 'readFileSync' && String(file).includes('blobs')) reads += 1;
        if (operation === 'linkSync' && ahead++ < 5) createOne(there.memories, { title: 'theirs' });
      },
    });
    const there = openMemories();
    const { id } = createOne(there.memories, { content: 'x'.repeat(20_000) });
    const here = openMemories(there.store.directory, { files });
    assert.equal(here.memories.update(id, { title: 'ours' }).content, 'x'.repeat(20_000));
    assert.deepEqual([reads, ahead], [1, 6]);
  });

  it('changes what is named, keeps the rest, and counts a version up', () => {
    const { memories, clock } = openMemories();
    const { id } = createOne(memories);
    clock.now += 1000;
    const updated = memories.update(id, { title: 'Another', addTags: ['c'], removeTags: ['a'] }, 1);
    assert.equal(updated.version, 2);
    assert.equal(updated.title, 'Another');
    assert.equal(updated.content, 'Some content');
    assert.deepEqual(updated.tags, ['b', 'c']);
    assert.equal(updated.updatedAt - updated.createdAt, 1000);
  });

  it('changes several alike in one commit', () => {
    const { memories, store } = openMemories();
    const ids = [createOne(memories, { tags: ['a'] }), createOne(memories, { tags: ['b'] })].map(
      ({ id }) => id,
    );
    const before = store.position;
    memories.updateAll(ids, { tier: 'short_term', addTags: ['c'] });
    const read = memories.read(ids).memories;
    assert.equal(store.position, before + 1);
    assert.deepEqual(
      read.map(({ tier, tags, version }) => [tier, tags, version]),
      [
        ['short_term', ['a', 'c'], 2],
        ['short_term', ['b', 'c'], 2],
      ],
    );
  });

  it('changes none of several when one is archived or not there', () => {
    const { memories, store } = openMemories();
    const [first, archived] = [createOne(memories).id, createOne(memories).id];
    memories.archive([archived]);
    const before = store.position;
    assert.throws(() => memories.updateAll([first, archived], { title: 'x' }), code('PF-3003'));
    assert.throws(() => memories.updateAll([first, 'nobody'], { title: 'x' }), code('PF-2001'));
    assert.equal(store.position, before);
    assert.equal(memories.read([first]).memories[0]?.title, 'A title');
  });

  it('makes no version of a change that changes nothing', () => {
    const { memories, store } = openMemories();
    const { id } = createOne(memories);
    const before = store.position;
    assert.equal(memories.update(id, { title: 'A title', addTags: ['a'] }).version, 1);
    assert.equal(store.position, before);
  });

  it('refuses an update of another version, and says which is current', () => {
    const { memories } = openMemories();
    const { id } = createOne(memories);
    memories.update(id, { title: 'two' });
    assert.throws(
      () => memories.update(id, { title: 'three' }, 1),
      (error: PermafrostError) => error.code === 'PF-3001' && error.facts.currentVersion === 2,
    );
    assert.equal(memories.read([id]).memories[0]?.title, 'two');
  });

  it('refuses more than 50 tags on a memory, and leaves it as it was', () => {
    const { memories } = openMemories();
    const { id } = createOne(memories);
    const addTags = Array.from({ length: 50 }, (_, at) => `tag ${at}`);
    assert.throws(() => memories.update(id, { addTags }), code('PF-1001'));
    assert.deepEqual(memories.read([id]).memories[0]?.tags, ['a', 'b']);
  });

  it('archives, refuses to change what is archived, and brings it back', () => {
    const { memories, search } = openMemories();
    const { id } = createOne(memories);
    assert.deepEqual(memories.archive([id, 'nobody']), { archived: [id], missing: ['nobody'] });
    assert.equal(memories.read([id]).memories[0]?.archived, true);
    assert.equal(search.search({ query: 'content', limit: 10 }).total, 0);
    assert.throws(() => memories.update(id, { title: 'x' }), code('PF-3003'));
    assert.deepEqual(memories.restore([id, 'nobody']), {
      restored: [{ id, version: 3 }],
      missing: ['nobody'],
    });
    assert.equal(memories.read([id]).memories[0]?.archived, false);
    assert.equal(search.search({ query: 'content', limit: 10 }).total, 1);
  });

  it('archives twice and restores twice without another version', () => {
    const { memories } = openMemories();
    const { id } = createOne(memories);
    memories.archive([id]);
    memories.archive([id, id]);
    assert.equal(memories.read([id]).memories[0]?.version, 2);
    memories.restore([id]);
    assert.deepEqual(memories.restore([id]).restored, [{ id, version: 3 }]);
  });

  it('keeps every version, says what made it, and makes an old one the newest', () => {
    const { memories } = openMemories();
    const { id } = createOne(memories);
    memories.update(id, { content: 'changed', tags: [] });
    memories.archive([id]);
    assert.deepEqual(memories.restoreVersion(id, 1), { id, version: 4 });
    const [memory] = memories.read([id]).memories;
    assert.equal(memory?.content, 'Some content');
    assert.equal(memory.archived, false);
    assert.deepEqual(memory.tags, ['a', 'b']);
    assert.deepEqual(
      memories.history(id).map(({ version, change }) => `${version} ${change}`),
      ['1 created', '2 updated', '3 archived', '4 restored'],
    );
    assert.throws(() => memories.restoreVersion(id, 9), code('PF-2002'));
  });

  it('deletes for good, with history, tags, relations and anchors', () => {
    const { memories, store } = openMemories();
    const a = createOne(memories);
    const b = createOne(memories, {
      relations: [{ to: a.id, type: 'depends_on' }],
      anchors: [{ path: 'a.ts', startLine: 1 }],
    });
    memories.update(b.id, { title: 'b2' });
    assert.deepEqual(memories.deleteForGood([b.id, b.id]), { deleted: [b.id], missing: [] });
    assert.deepEqual(memories.read([b.id]).missing, [b.id]);
    assert.deepEqual(memories.relations(a.id), []);
    for (const table of ['memory_versions', 'anchors', 'relations']) {
      assert.deepEqual(
        store.read((view) => view.all(`SELECT * FROM ${table}`)),
        [],
        table,
      );
    }
  });

  it('shows relations from both ends, and anchors as they were given', () => {
    const { memories } = openMemories();
    const a = createOne(memories, { title: 'a' });
    const anchors = [{ path: 'src/a.ts', startLine: 3, endLine: 9 }];
    const b = createOne(memories, { title: 'b', relations: [{ to: a.id, type: 'supersedes' }], anchors });
    assert.deepEqual(memories.relations(b.id), [
      { type: 'supersedes', direction: 'to', id: a.id, title: 'a' },
    ]);
    assert.deepEqual(memories.relations(a.id), [
      { type: 'supersedes', direction: 'from', id: b.id, title: 'b' },
    ]);
    assert.deepEqual(memories.anchors(b.id), anchors);
  });

  it('is the same for another process at its next call', () => {
    const one = openMemories();
    const two = openMemories(one.store.directory);
    const { id } = createOne(one.memories, { title: 'seen at once' });
    assert.equal(two.search.search({ query: 'seen', limit: 5 }).results[0]?.id, id);
    two.memories.update(id, { title: 'changed elsewhere' });
    assert.equal(one.memories.read([id]).memories[0]?.title, 'changed elsewhere');
    assert.equal(one.search.search({ query: 'seen', limit: 5 }).total, 0);
    one.memories.deleteForGood([id]);
    assert.equal(two.search.search({ query: 'elsewhere', limit: 5 }).total, 0);
  });
});
