import assert from 'node:assert/strict';
import { earlierTurns } from '../../../src/vscode/chat/earlierTurns.ts';
import { continueOrStart, modelToGoOnWith } from '../../../src/vscode/chat/conversation.ts';
import { sessionToResume } from '../../../src/vscode/chat/resume.ts';
import { openStore } from '../../core/store/openStore.ts';
import { asks, conversation, endSessions, nowhere, says, windowsOf } from '../../core/windows/openWindows.ts';

const options = { replyTokens: 1 };
const endpoint = 'http://127.0.0.1:8000';

/** A window of text, thawed twice. */
async function thawnTwice() {
  const store = openStore();
  const windows = windowsOf(store, nowhere);
  const { id } = windows.sessions.start({ model: 'tiny', endpoint }, { messages: conversation(2) });
  const window = await windows.freeze({ sessionId: id }, { name: 'Fox' });
  const first = (await windows.thaw({ name: 'Fox' }, options)).sessionId ?? '';
  const second = (await windows.thaw({ name: 'Fox' }, options)).sessionId ?? '';
  return { store, windows, window, frozen: id, first, second };
}

describe('what /resume goes on in', () => {
  it('is the last session that a thaw of the window began', async () => {
    const { windows, window, first, second } = await thawnTwice();
    assert.equal(sessionToResume(windows, 'Fox').session.id, second);
    assert.equal(sessionToResume(windows, window.id).window?.name, 'Fox');
    await windows.freeze({ sessionId: second });
    assert.equal(sessionToResume(windows, 'Fox').session.id, first);
  });

  it('is a session by its id', async () => {
    const { windows, window, first } = await thawnTwice();
    const resumed = sessionToResume(windows, first);
    assert.deepEqual([resumed.session.id, resumed.window?.id], [first, window.id]);
    windows.deleteForGood({ windowId: window.id });
    assert.equal(sessionToResume(windows, first).window, undefined);
  });

  it('is nothing that is over, frozen or unknown', async () => {
    const { store, windows, frozen } = await thawnTwice();
    assert.throws(() => sessionToResume(windows, frozen), { code: 'PF-3003', message: /is frozen/ });
    assert.throws(() => sessionToResume(windows, 'Nobody'), { code: 'PF-2004' });
    endSessions(store);
    assert.throws(() => sessionToResume(windows, 'Fox'), { code: 'PF-3003', message: /No thaw of “Fox”/ });
  });

  it('goes on with the model that it was thawed with, under the same salt', async () => {
    const { windows, window, frozen, second } = await thawnTwice();
    assert.equal(modelToGoOnWith(windows, second), 'tiny');
    assert.equal(modelToGoOnWith(windows, frozen), undefined); // not thawed, so the settings say
    assert.equal(modelToGoOnWith(windows, undefined), undefined);
    const on = continueOrStart(windows, second, { model: 'tiny', endpoint, folder: 'fox', question: 'And?' });
    assert.deepEqual([on.sessionId, on.salt, on.messages.length], [second, window.salt, 4]);
  });
});

describe('the turns that a chat is opened with', () => {
  it('are what was asked and answered, in pairs', () => {
    const messages = [{ role: 'system', content: 'Be kind' }, ...conversation(2), asks('More?')];
    const turns = earlierTurns(messages);
    assert.deepEqual(
      turns.map(({ request, response }) => [request.slice(0, 10), response.slice(0, 8)]),
      [
        ['Question 0', 'Answer 0'],
        ['Question 1', 'Answer 1'],
        ['More?', ''],
      ],
    );
  });

  it('join what was said between two questions, and leave out what tools said', () => {
    const messages = [asks('Look'), says('Looking'), { role: 'tool', content: 'snow' }, says('Snow.')];
    assert.deepEqual(earlierTurns(messages), [{ request: 'Look', response: 'Looking\n\nSnow.' }]);
  });

  it('are the last twenty', () => {
    const turns = earlierTurns(conversation(30));
    assert.deepEqual([turns.length, turns[0]?.request.slice(0, 11)], [20, 'Question 10']);
  });
});
