import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ChatMessage } from '../../../src/core/vllm/requests.ts';
import { headOf, headsOf } from '../../../src/core/windows/conversationMatch.ts';
import type { Template } from '../../../src/core/windows/message.ts';
import type { Sessions } from '../../../src/core/windows/sessions.ts';
import { openStore, temporaryContext } from '../store/openStore.ts';
import { asks, endSessions, nowhere, says, windowsOf } from './openWindows.ts';

const where = { model: 'tiny', endpoint: 'http://127.0.0.1:8000' };
const A = [asks('What is ice?')];
const B = [...A, says('Frozen water.'), asks('And snow?')];
const C = [...B, says('Ice too.'), asks('And rain?')];

interface More {
  readonly model?: string;
  readonly template?: Template;
  readonly salt?: string;
}

/** A client's turn: what a pass-through does with each request. */
function turn(sessions: Sessions, asked: readonly ChatMessage[], answer: string, more: More = {}): string {
  const { model, template, salt: own } = { ...where, template: {}, salt: undefined, ...more };
  const known = sessions.find({ model, heads: headsOf(template, asked), salt: own });
  const conversation = { ...where, model, template, salt: own ?? known?.salt ?? `salt-${answer}` };
  const [id = ''] = sessions.record({ conversation, asked, turn: { messages: [...asked, says(answer)] } });
  return id;
}

describe('a conversation that names no session', () => {
  let directory: string;
  let sessions: Sessions;

  const open = () => windowsOf(openStore(directory), nowhere).sessions;

  beforeEach(() => {
    directory = temporaryContext();
    sessions = open();
  });

  it('goes on in its session, in the same process, another one and a later one', () => {
    const id = turn(sessions, A, 'Frozen water.');
    assert.equal(turn(open(), B, 'Ice too.'), id);
    assert.equal(turn(sessions, C, 'No.'), id);
    const { messages, turnCount, salt } = open().get(id);
    assert.deepEqual([messages, turnCount, salt], [[...C, says('No.')], 3, 'salt-Frozen water.']);
  });

  it('is at the server that answered it last, whichever began it', () => {
    const id = turn(sessions, A, 'Frozen water.');
    const conversation = { model: where.model, endpoint: 'http://127.0.0.1:8001', template: {} };
    const { salt } = sessions.get(id);
    const asked = { conversation: { ...conversation, salt }, asked: B };
    assert.deepEqual(sessions.record({ ...asked, turn: { messages: [...B, says('Ice too.')] } }), [id]);
    assert.equal(open().get(id).endpoint, conversation.endpoint);
    assert.equal(sessions.find({ model: null, heads: headsOf({}, C) })?.endpoint, conversation.endpoint);
  });

  it('is another one with another beginning, model, template or salt', () => {
    const id = turn(sessions, A, 'Frozen water.');
    const others = [
      turn(sessions, [asks('What is fire?'), says('Frozen water.'), asks('And snow?')], 'x'),
      turn(sessions, B, 'x', { model: 'large' }),
      turn(sessions, B, 'x', { template: { tools: [{ type: 'function' }] } }),
      turn(sessions, B, 'x', { salt: 'the-clients-own' }),
      turn(sessions, A, 'Frozen water.'),
    ];
    assert.equal(new Set([id, ...others]).size, 6);
    assert.equal(sessions.get(others[3] ?? '').salt, 'the-clients-own');
  });

  it('goes on in the session that said the most of it', () => {
    turn(sessions, A, 'Frozen water.');
    const long = turn(sessions, [...A, says('Cold.'), asks('Why?')], 'Winter.');
    assert.equal(
      turn(sessions, [...A, says('Cold.'), asks('Why?'), says('Winter.'), asks('Oh.')], 'Yes.'),
      long,
    );
  });

  it('branches under the same salt when its session went on in another way', () => {
    const id = turn(sessions, A, 'Frozen water.');
    turn(sessions, B, 'Ice too.');
    const branch = turn(sessions, B, 'Soft ice.');
    assert.notEqual(branch, id);
    assert.equal(sessions.get(branch).salt, sessions.get(id).salt);
    const onward = [...B, says('Soft ice.'), asks('And rain?')];
    assert.equal(turn(sessions, onward, 'No.'), branch);
    assert.equal(turn(sessions, C, 'No.'), id);
  });

  it('loses no turn when two processes go on with it at once', () => {
    const other = open();
    const id = turn(sessions, A, 'Frozen water.');
    const conversation = { ...where, template: {}, salt: sessions.get(id).salt };
    const answers = ['Ice too.', 'Soft ice.', 'White.', 'Cold.'];
    const turns = answers.map((answer) => ({
      conversation,
      asked: B,
      turn: { messages: [...B, says(answer)] },
    }));
    const ids = [sessions, other].flatMap((one, n) => one.record(...turns.slice(2 * n, 2 * n + 2)));
    assert.equal(ids[0], id);
    assert.equal(new Set(ids).size, 4);
    const said = ids.map((one) => open().get(one).messages.at(-1)?.['content']);
    assert.deepEqual(said, answers);
  });

  it('branches under the same salt while its session is frozen, and begins anew when that is over', async () => {
    const store = openStore(directory);
    const windows = windowsOf(store, nowhere);
    const id = turn(sessions, A, 'Frozen water.');
    await windows.freeze({ sessionId: id });
    const branch = turn(sessions, B, 'Ice too.');
    assert.notEqual(branch, id);
    assert.deepEqual([sessions.get(branch).state, sessions.get(id).state], ['active', 'frozen']);
    assert.equal(sessions.get(branch).salt, sessions.get(id).salt);
    endSessions(store);
    assert.equal(sessions.get(branch).state, 'expired');
    assert.equal(sessions.find({ model: 'tiny', heads: headsOf({}, C) })?.sessionId, id);
  });

  it('goes on where a thawed window goes on', async () => {
    const windows = windowsOf(openStore(directory), nowhere);
    const { id: windowId, salt } = await windows.freeze({
      messages: [...A, says('Frozen water.')],
      model: 'tiny',
    });
    const { sessionId } = await windows.thaw({ windowId }, { replyTokens: 1 });
    assert.equal(turn(sessions, B, 'Ice too.'), sessionId);
    assert.deepEqual(
      [sessions.get(sessionId ?? '').state, sessions.get(sessionId ?? '').salt],
      ['active', salt],
    );
  });
});

describe('the digest of a conversation', () => {
  const call = (given: string) => ({
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'search', arguments: given } }],
  });

  const SAME: readonly (readonly [ChatMessage, ChatMessage])[] = [
    [says('Ice.'), { role: 'assistant', content: 'Ice.', refusal: null, tool_calls: [], reasoning: 'Hm.' }],
    [says('Ice.'), says('Ice.\n')],
    [asks('Ice?'), { role: 'user', content: [{ type: 'text', text: 'Ice?' }] }],
    [call('{"q": 1}'), { ...call('{"q":1}'), content: '' }],
    [call('not JSON'), call('not JSON ')],
    [call(''), call('{}')],
  ];
  const DIFFERENT: readonly (readonly [ChatMessage, ChatMessage])[] = [
    [says('Ice.'), asks('Ice.')],
    [call('{"q":1}'), call('{"q":2}')],
    [call('{"q":1}'), says('')],
    [
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:a' } }] },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:b' } }] },
    ],
    [
      { role: 'tool', content: '1', tool_call_id: 'a' },
      { role: 'tool', content: '1', tool_call_id: 'b' },
    ],
  ];

  it('is the same in whatever form a client gives a message back', () => {
    for (const [one, other] of SAME)
      assert.equal(headOf({}, [one]), headOf({}, [other]), JSON.stringify(other));
    assert.equal(headOf({ tools: [] }, A), headOf({}, A));
    const [one, other] = [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ];
    assert.equal(headOf({ chatTemplateKwargs: one }, A), headOf({ chatTemplateKwargs: other }, A));
  });

  it('differs when something else shapes the prompt, and is what it was before that was looked at', () => {
    const shapes: Template[] = [
      {},
      { chatTemplate: '{{ messages }}' },
      { documents: [{ text: 'Ice.' }] },
      { documents: [{ text: 'Snow.' }] },
      { reasoningEffort: 'low' },
      { addSpecialTokens: true },
    ];
    assert.equal(new Set(shapes.map((shape) => headOf(shape, A))).size, shapes.length);
    assert.equal(headOf({ reasoningEffort: undefined }, A), headOf({}, A));
  });

  it('differs when something else was said', () => {
    for (const [one, other] of DIFFERENT)
      assert.notEqual(headOf({}, [one]), headOf({}, [other]), JSON.stringify(other));
  });

  it('is one for each beginning, and that of a beginning alone', () => {
    const message = fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.string() });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (messages) => {
        const heads = headsOf({}, messages);
        assert.deepEqual(
          heads,
          messages.map((_, at) => headOf({}, messages.slice(0, at + 1))),
        );
        assert.equal(new Set(heads).size, messages.length);
      }),
    );
  });
});
