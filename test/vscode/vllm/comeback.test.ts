import assert from 'node:assert/strict';
import { Comeback } from '../../../src/vscode/vllm/comeback.ts';

describe('Servers that are away', () => {
  it('are asked less often the longer they are, and at last every five minutes', async () => {
    let tick = () => {};
    const comeback = new Comeback((_ms, work) => {
      tick = work;
      return () => {};
    });
    let questions = 0;
    const ask = () => {
      questions++;
      return Promise.resolve(false);
    };
    comeback.await(ask, () => assert.fail());
    const ticks: number[] = [];
    for (let at = 1; at <= 70; at++) {
      const before = questions;
      tick();
      if (questions > before) ticks.push(at);
      await new Promise(setImmediate);
    }
    assert.deepEqual(ticks, [1, 2, 4, 8, 16, 32, 52]);
  });
});
