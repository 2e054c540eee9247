import assert from 'node:assert/strict';
import { parseTranscript } from '../../../src/vscode/windows/transcript.ts';

const talk = [
  { role: 'user', content: 'Where is the fox?' },
  { role: 'assistant', content: 'Under the ice.\n\nSince noon.' },
];

describe('a conversation in a document', () => {
  it('can be a list of messages', () => {
    assert.deepEqual(parseTranscript(` ${JSON.stringify(talk)}\n`).messages, talk);
  });

  it('can be the body of a request, with its model and tools', () => {
    const tools = [{ type: 'function', function: { name: 'find' } }];
    assert.deepEqual(parseTranscript(JSON.stringify({ messages: talk, model: 'm', tools, temperature: 1 })), {
      messages: talk,
      model: 'm',
      tools,
    });
  });

  for (const [style, user, assistant] of [
    ['headings', '## User\n\n', '## Assistant\n\n'],
    ['bold names', '**User:** ', '**Assistant**: '],
    ['plain names', 'User: ', 'Assistant:\n'],
  ] as const) {
    it(`can be Markdown whose turns begin with ${style}`, () => {
      const text = `# A talk\n\n${user}Where is the fox?\n\n${assistant}Under the ice.\r\n\r\nSince noon.\n`;
      assert.deepEqual(parseTranscript(text).messages, talk);
    });
  }

  it('begins a turn only where the first one began in the same way, and never in code', () => {
    const text = '## Human\nSay "User: hi".\nUser: hi\n```\n## Assistant\n```\n## AI\nDone.';
    assert.deepEqual(parseTranscript(text).messages, [
      { role: 'user', content: 'Say "User: hi".\nUser: hi\n```\n## Assistant\n```' },
      { role: 'assistant', content: 'Done.' },
    ]);
  });

  for (const [what, text] of [
    ['empty', ''],
    ['prose', 'Dear diary, today I froze a window.'],
    ['headings without speakers', '# Notes\n\n## Monday\n'],
    ['Markdown with a character that cannot be kept', '## User\n\nNUL \0'],
    ['broken JSON', '[{"role": "user"'],
    ['JSON of another kind', '{"name": "permafrost"}'],
    ['a list without roles', '[{"content": "hi"}]'],
    ['an empty list', '[]'],
  ] as const) {
    it(`is refused when it is ${what}`, () => {
      assert.throws(() => parseTranscript(text), { code: 'PF-1001', message: /not a conversation/ });
    });
  }
});
