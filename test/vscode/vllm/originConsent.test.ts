import assert from 'node:assert/strict';
import { OriginConsent } from '../../../src/vscode/vllm/originConsent.ts';

const origin = 'https://models.example.com';

/** Asks a person who gives these answers, one a question; a promise is an answer that takes its time. */
function consentWith(...replies: (boolean | undefined | Promise<boolean | undefined>)[]) {
  const answers = new Map<string, boolean>();
  let questions = 0;
  const consent = new OriginConsent({
    answers: {
      get: (asked) => answers.get(asked),
      set: (asked, allowed) => Promise.resolve(void answers.set(asked, allowed)),
    },
    ask: async () => replies[questions++],
    patienceMs: 20,
  });
  return { consent, answers, questions: () => questions };
}

const refused = { code: 'PF-8004' };

describe('consent to a server that a folder names', () => {
  it('is asked for once, and kept', async () => {
    const { consent, questions } = consentWith(true);
    await consent.require(origin);
    await consent.require(origin);
    assert.equal(questions(), 1);
    assert.equal(consent.isGiven(origin), true);
  });

  it('refused is an error from then on, without another question', async () => {
    const { consent, questions } = consentWith(false, true);
    await assert.rejects(consent.require(origin), refused);
    await assert.rejects(consent.require(origin), refused);
    assert.equal(questions(), 1);
  });

  it('is for one origin alone', async () => {
    const { consent, questions } = consentWith(true, false);
    await consent.require(origin);
    await assert.rejects(consent.require('https://other.example.com'), refused);
    assert.equal(questions(), 2);
  });

  it('is one question for all who ask at once', async () => {
    const { consent, questions } = consentWith(true);
    await Promise.all([consent.require(origin), consent.require(origin)]);
    assert.equal(questions(), 1);
  });

  it('put away without an answer refuses, is not kept, and is not asked again by itself', async () => {
    const { consent, answers, questions } = consentWith(undefined, true);
    await assert.rejects(consent.require(origin), refused);
    await assert.rejects(consent.require(origin), refused);
    assert.equal(questions(), 1);
    assert.equal(answers.size, 0);
  });

  it('does not keep a caller waiting, and counts when it comes later', async () => {
    let answer: (allowed: boolean) => void = () => undefined;
    const { consent } = consentWith(new Promise<boolean>((resolve) => (answer = resolve)));
    await assert.rejects(consent.require(origin), refused);
    answer(true);
    await consent.require(origin);
  });

  it('can be given after a refusal by asking again', async () => {
    const { consent } = consentWith(false, true);
    await assert.rejects(consent.require(origin), refused);
    await consent.askAgain(origin);
    await consent.require(origin);
  });

  it('asked for again is answered by the new question, for those too who wait for the one it replaced', async () => {
    const { promise: replaced, resolve: putAway } = Promise.withResolvers<undefined>();
    const { consent } = consentWith(replaced, true);
    const waiting = consent.require(origin);
    const again = consent.askAgain(origin);
    putAway(undefined);
    await Promise.all([waiting, again]);
  });

  it('asked for again and given is not taken back by a late answer to the question before', async () => {
    const { promise: before, resolve: answer } = Promise.withResolvers<boolean>();
    const { consent } = consentWith(before, true);
    await assert.rejects(consent.require(origin), refused);
    await consent.askAgain(origin);
    answer(false);
    await new Promise(setImmediate);
    assert.equal(consent.isGiven(origin), true);
  });
});
