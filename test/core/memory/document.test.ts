import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  changeOf,
  formatDocument,
  parseDocument,
  type MemoryDocument,
} from '../../../src/core/memory/document.ts';
import { Content, Tag, Title } from '../../../src/core/memory/memory.ts';

const note: MemoryDocument = {
  title: 'Deploys',
  tags: ['ops', 'a b'],
  tier: 'long_term',
  content: 'Run it.\n',
};

describe('a memory as a document', () => {
  it('is front matter, an empty line and the content', () => {
    assert.equal(
      formatDocument(note),
      '---\ntitle: Deploys\ntags: [ops, "a b"]\ntier: long_term\n---\n\nRun it.\n',
    );
  });

  it('comes back the same, to the byte, whatever it holds', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        assert.deepEqual(parseDocument(formatDocument(document)), document);
      }),
    );
  });

  it('comes back the same when its content looks like front matter', () => {
    for (const content of ['---\n', '\n---\ntier: x\n---\n', '---', '\r\n\r\n', '\uFEFF', '']) {
      assert.equal(parseDocument(formatDocument({ ...note, content })).content, content);
    }
  });

  it('has one kind of line end wherever its content has', () => {
    assert.doesNotMatch(formatDocument({ ...note, content: 'a\r\nb\r\n' }), /[^\r]\n/);
  });

  it('reads what people write by hand', () => {
    const text = '---\ntier: short_term\ntitle: 2026\ntags:\n  - 1\n  - yes\n---\nNo empty line before this';
    const content = 'No empty line before this';
    assert.deepEqual(parseDocument(text), { title: '2026', tags: ['1', 'yes'], tier: 'short_term', content });
    assert.deepEqual(parseDocument('---\ntitle: x\ntags:\ntier: long_term\n---').tags, []);
    assert.deepEqual(parseDocument('---\ntitle: x\ntier: long_term\n---\n').tags, []);
  });

  for (const [what, text, message] of [
    ['no front matter', 'Just text', /has to begin with front matter/],
    ['front matter that does not end', '---\ntitle: x\n', /has to begin with front matter/],
    ['front matter that is not YAML', '---\ntitle: [\n---\n', /is not YAML/],
    ['front matter that is a list', '---\n- a\n---\n', /does not fit/],
    ['no title', '---\ntier: long_term\n---\n', /title/],
    ['a blank title', '---\ntitle: "  "\ntier: long_term\n---\n', /title is blank/],
    ['a title that is too long', `---\ntitle: ${'x'.repeat(301)}\ntier: long_term\n---\n`, /1 to 300/],
    ['an unknown tier', '---\ntitle: x\ntier: forever\n---\n', /tier.*short_term/],
    ['an unknown field', '---\ntitle: x\ntier: long_term\ncolour: red\n---\n', /colour/],
    ['an alias', '---\ntitle: &a x\ntags: [*a]\ntier: long_term\n---\n', /is not YAML/],
    ['a NUL in the content', '---\ntitle: x\ntier: long_term\n---\na\0b', /NUL/],
  ] as const) {
    it(`refuses ${what} and says so`, () => {
      assert.throws(() => parseDocument(text), { code: 'PF-1001', message });
    });
  }
});

describe('saving a document', () => {
  it('changes what the person changed', () => {
    const changed = { ...note, title: 'Releases', content: 'Run it twice.\n' };
    assert.deepEqual(changeOf(note, changed), changed);
  });

  it('keeps mixed line ends that the editor merely made equal', () => {
    const mixed = { ...note, content: 'a\r\nb\nc\rd' };
    assert.equal('content' in changeOf(mixed, { ...mixed, content: 'a\nb\nc\nd' }), false);
    assert.equal(changeOf(mixed, { ...mixed, content: 'a\nb\nc\nD' }).content, 'a\nb\nc\nD');
  });

  it('changes line ends on purpose where they were all the same', () => {
    assert.equal(changeOf({ ...note, content: 'a\r\nb' }, { ...note, content: 'a\nb' }).content, 'a\nb');
  });
});

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('"', "'", '\\', ':', ' ', '#', '-', '\n', '\r', '\t', '\u2028', '\u0085', '\uFEFF', 'é', '😀', '|', '>', '[', ',', '{', '&', '*', '%', '@'), maxLength: 12 }),
  fc.constantFrom('null', 'true', '~', '---', '1e3', '0x1f', '2026-11-20', '- a', '? b', '<<', 'a: b', '...'),
); // prettier-ignore

const anyDocument = fc.record(
  {
    title: oddText.filter((text) => Title.safeParse(text).success),
    tags: fc.array(
      oddText.filter((text) => Tag.safeParse(text).success),
      { maxLength: 4 },
    ),
    tier: fc.constantFrom('short_term' as const, 'long_term' as const),
    content: oddText.filter((text) => Content.safeParse(text).success),
  },
  { noNullPrototype: true },
);
