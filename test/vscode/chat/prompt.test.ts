import assert from 'node:assert/strict';
import type { Memory } from '../../../src/core/memory/memory.ts';
import {
  fitting,
  noteOf,
  userMessage,
  thawRequestIn,
  windowNameIn,
} from '../../../src/vscode/chat/prompt.ts';

const memory = (title: string, content: string): Memory => ({
  id: title, title, content, tags: [], tier: 'long_term', version: 1, size: content.length, createdAt: 0, updatedAt: 0, archived: false,
}); // prettier-ignore

describe('a question to the model', () => {
  it('is just the question when nothing goes with it', () => {
    assert.deepEqual(userMessage('Where is the fox?', [], []), {
      role: 'user',
      content: 'Where is the fox?',
    });
  });

  it('brings memories by their titles, and attachments', () => {
    const { content } = userMessage('Where?', [memory('Fox', 'Under the ice.')], ['a.md:\n\ntext']);
    assert.match(String(content), /^Where\?.*## Fox\n\nUnder the ice\..*Attached:\n\na\.md:/s);
  });

  it('brings no more memories than fit, and cuts the last between characters', () => {
    const fit = fitting([memory('a', 'x'.repeat(7_998)), memory('b', '😀😀'), memory('c', 'y')]);
    assert.deepEqual(
      fit.map(({ title }) => title),
      ['a', 'b'],
    );
    assert.equal(fit[1]?.content, '');
    assert.deepEqual(fitting([memory('a', 'x'), memory('b', 'y')]).length, 2);
  });
});

describe('what is remembered from the chat', () => {
  it('has its first line as title', () => {
    assert.deepEqual(noteOf('# Ports\nPostgres is on 5433.\n'), {
      title: 'Ports',
      content: '# Ports\nPostgres is on 5433.',
    });
  });

  it('has a short title', () => {
    assert.equal([...noteOf('😀'.repeat(200)).title].length, 80);
  });

  it('is refused with the reason when it cannot be kept', () => {
    assert.throws(() => noteOf('a\0b'), { code: 'PF-1001', message: 'The title contains a NUL character.' });
    assert.throws(() => noteOf('a\nb\uD800'), {
      code: 'PF-1001',
      message: /content contains a lone surrogate/,
    });
    assert.throws(() => noteOf(''), { code: 'PF-1001' });
  });
});

describe('the name after /freeze', () => {
  it('may be left out', () => {
    assert.equal(windowNameIn('  '), undefined);
    assert.equal(windowNameIn(' Fox '), 'Fox');
  });

  it('is refused when it is longer than a name may be', () => {
    assert.equal(windowNameIn('x'.repeat(200))?.length, 200);
    assert.throws(() => windowNameIn('x'.repeat(201)), { code: 'PF-1001', message: /1 to 200 characters/ });
    assert.throws(() => windowNameIn('Fox\nOwl'), { code: 'PF-1001', message: /line break/ });
  });
});

describe('what is written after /thaw', () => {
  it('is a name, and on the lines after it a question', () => {
    assert.deepEqual(thawRequestIn(' Glacier\n'), { name: 'Glacier', question: undefined });
    assert.deepEqual(thawRequestIn('Glacier two\r\n\nWhy?\nHow?'), {
      name: 'Glacier two',
      question: 'Why?\nHow?',
    });
    assert.deepEqual(thawRequestIn('  '), { name: undefined, question: undefined });
  });
});
