import assert from 'node:assert/strict';
import { maxCacheable } from '../../../src/core/vllm/blockHashes.ts';
import type { FrozenWindow } from '../../../src/core/windows/window.ts';
import { asks, to } from '../../core/windows/openWindows.ts';
import { conversationOf } from '../conversations.ts';
import { LastingContext } from './lasting.ts';
import { Subject, system, type Server, type ServerSetup, type Start } from './subject.ts';

const options = { replyTokens: 8 };
const PREAMBLE = '2026-11-27 is today.';

/** What becomes of a window on a server that is not what it was. */
export function changeCases(subject: () => Subject, start: Start): void {
  let context: LastingContext;
  let frozen: FrozenWindow;
  let server: Server;

  /** Freezes a window on the usual server, and starts another one. */
  function frozenBefore(setup: ServerSetup): void {
    before(async () => {
      const { server: usual } = subject();
      context = new LastingContext();
      const messages = [system, ...conversationOf(3, 500), asks('Où est le renard ? ❄️')];
      frozen = await context.windows(to(usual, usual.apiKey)).freeze({ messages });
      server = await start(setup);
    });
    after(async () => {
      await server?.close();
      context.remove();
    });
  }

  const windows = () => context.windows(to(server, server.apiKey));
  const thaw = (force = false) => windows().thaw({ windowId: frozen.id }, { ...options, force });

  /** Has the window say that it was frozen on the weights of the server that is there now. */
  async function claimWeights(): Promise<void> {
    const [model] = await Subject.clientOf(server, server.apiKey).models();
    context
      .store()
      .write((tx) =>
        tx.run("UPDATE windows SET server = json_set(server, '$.root', ?) WHERE id = ?", [
          model?.root ?? '',
          frozen.id,
        ]),
      );
  }

  describe('with another chat template, and the model under another name,', () => {
    frozenBefore({ preamble: PREAMBLE, servedAs: 'alias' });

    it('it is drifted, with the first token that differs and both texts, and nothing is sent', async () => {
      const { status, drift, reasons, sessionId, cachedTokensSource, model } = await thaw();
      assert.deepEqual([status, sessionId, cachedTokensSource], ['drifted', null, 'none']);
      const begun = '<|begin|><|system|>';
      assert.equal(drift?.tokenIndex, 2, `${begun} is the same`);
      assert.deepEqual(drift.message, { index: 0, role: 'system' });
      assert.ok(String(system.content).startsWith(drift.frozenText.slice(0, 20)));
      assert.ok(PREAMBLE.startsWith(drift.currentText.slice(0, 10)));
      assert.match(
        reasons.join(),
        /token 2 in message 0 \(system\) began "The fox.*begins "2026.*force: true/,
      );
      assert.equal(model, 'alias');
      assert.match(reasons.join(), /is served as "alias" now, from the same/);
      assert.deepEqual(windows().get({ windowId: frozen.id }), frozen);
    });

    it('it thaws the exact ids by force', async () => {
      const first = await thaw(true);
      assert.deepEqual([first.status, first.cachedTokens], ['token_exact', 0]);
      const again = await thaw(true);
      const { promptTokens, tokenIds } = frozen;
      assert.equal(again.status, 'token_exact');
      assert.equal(again.cachedTokens, maxCacheable(promptTokens ?? 0, frozen.server?.blockSize ?? 0));
      assert.match(again.reasons.join(), /exact tokens were sent as they were, since force was set/);
      assert.deepEqual(windows().sessions.get(again.sessionId ?? '').tokenIds, tokenIds);
    });
  });

  describe('with another model under the same name,', () => {
    frozenBefore({ isOtherModel: true });

    it('it is refused, and the window is as it was', async () => {
      for (const force of [false, true]) {
        await assert.rejects(thaw(force), {
          code: 'PF-7002',
          message: /is another one now: it was .*, and is /,
        });
      }
      await assert.rejects(windows().status({ windowId: frozen.id }, true), { code: 'PF-7002' });
      assert.deepEqual(windows().get({ windowId: frozen.id }), frozen);
    });

    it('even from the same place, the probabilities of the next token tell', async () => {
      await claimWeights();
      const { status, reasons } = await thaw();
      assert.equal(status, 'token_exact');
      assert.match(
        reasons.join(),
        /log-probabilities are up to \d+\.\d\d away from what they were: the weights/,
      );
    });
  });
}
