import assert from 'node:assert/strict';
import type { AutoFreeze } from '../../../src/core/windows/autoFreeze/autoFreeze.ts';
import type { Turn } from '../../../src/core/windows/session.ts';
import { openStore } from '../../core/store/openStore.ts';
import { conversation, endSessions, standinFor, to, windowsOf } from '../../core/windows/openWindows.ts';
import { stubVscode } from '../stub/stubVscode.ts';
import { registered } from '../stub/vscode.ts';

stubVscode();
const { FillStatus } = await import('../../../src/vscode/windows/fillStatus.ts');

describe('the fill in the status bar', () => {
  async function open(warn: (...said: unknown[]) => void = () => assert.fail()) {
    const standin = await standinFor({ maxModelLen: 1_000 });
    const connect = to(standin);
    const store = openStore();
    const windows = windowsOf(store, connect);
    const status = new FillStatus({ warn });
    const turn = (tokens: number): Turn => ({
      messages: conversation(1),
      tokenIds: Array.from({ length: tokens }, (_, n) => n),
    });
    const followed = (id: string) => ({ context: { windows }, id, connect });
    /** A conversation with its first turn, of so many tokens. */
    const begin = (title: string, tokens: number) => {
      const where = { title, model: standin.model, endpoint: standin.url };
      return followed(windows.sessions.start(where, turn(tokens)).id);
    };
    const goOn = ({ id }: { readonly id: string }, tokens: number) => {
      windows.sessions.recordTurn(windows.sessions.get(id), turn(tokens));
      return followed(id);
    };
    const item = () => registered.statusBar.get('permafrost.fill');
    const shown = () => (item()?.visible === true ? /“(.*)”/.exec(item()?.tooltip ?? '')?.[1] : undefined);
    return { store, status, begin, goOn, shown, text: () => item()?.text };
  }

  it('stays with a conversation while the editor has a title or a summary made', async () => {
    const { status, begin, goOn, shown, text } = await open();
    const spring = begin('Spring', 100);
    await status.consider(spring);
    await status.consider(begin('A title for Spring', 60));
    assert.equal(shown(), 'Spring');
    await status.consider(goOn(spring, 200));
    await status.consider(begin('A summary of Spring', 300));
    assert.deepEqual([shown(), text()], ['Spring', '$(archive) 20 %']);
  });

  it('turns to the conversation whose title was there before its first answer', async () => {
    const { status, begin, shown } = await open();
    await status.consider(begin('A title for Spring', 60));
    await status.consider(begin('Spring', 100));
    assert.equal(shown(), 'Spring');
  });

  it('turns to another conversation when that goes on', async () => {
    const { status, begin, goOn, shown } = await open();
    await status.consider(goOn(begin('Spring', 100), 200));
    const autumn = begin('Autumn', 50);
    await status.consider(autumn);
    assert.equal(shown(), 'Spring');
    await status.consider(goOn(autumn, 60));
    assert.equal(shown(), 'Autumn');
  });

  it('turns at once to one that is known to be of the person, whatever is made for it', async () => {
    const { status, begin, goOn, shown } = await open();
    await status.consider(goOn(begin('Spring', 100), 200));
    await status.follow(begin('Autumn', 50));
    await status.consider(begin('A title for Autumn', 60));
    assert.equal(shown(), 'Autumn');
  });

  it('stays with the one that was turned to last, though another is read later', async () => {
    const { status, begin, shown } = await open();
    const [spring, autumn] = [begin('Spring', 100), begin('Autumn', 50)];
    let read = () => {};
    const reading = new Promise<void>((resolve) => (read = resolve));
    const { autoFreeze } = spring.context.windows;
    const check: AutoFreeze['check'] = async (options) => {
      await reading;
      return autoFreeze.check(options);
    };
    const late = status.follow({ ...spring, context: { windows: { autoFreeze: { check } } } });
    await status.follow(autumn);
    read();
    await late;
    assert.equal(shown(), 'Autumn');
  });

  it('is gone when nothing can be said of the one that was turned to', async () => {
    const warnings: unknown[] = [];
    const { status, begin, shown } = await open((...said) => warnings.push(said));
    await status.follow(begin('Spring', 100));
    const autumn = begin('Autumn', 50);
    const check = () => Promise.reject(new Error('no'));
    await status.follow({ ...autumn, context: { windows: { autoFreeze: { check } } } });
    assert.equal(shown(), undefined);
    assert.equal(warnings.length, 1);
  });

  it('is gone with its conversation, and when it is cleared', async () => {
    const { store, status, begin, shown } = await open();
    const spring = begin('Spring', 100);
    await status.follow(spring);
    endSessions(store);
    await status.consider(spring);
    assert.equal(shown(), undefined);
    await status.consider(begin('Autumn', 50));
    assert.equal(shown(), 'Autumn');
    status.clear();
    assert.equal(shown(), undefined);
  });
});
