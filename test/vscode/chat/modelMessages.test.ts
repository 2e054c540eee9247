import assert from 'node:assert/strict';
import { stubVscode } from '../stub/stubVscode.ts';

stubVscode();
const { toToolCallPart } = await import('../../../src/vscode/chat/modelMessages.ts');

const call = (json: string) => ({ id: 'c1', name: 'look', arguments: json });

describe('a call of a tool that the model wrote', () => {
  it('has the arguments as an object, none when it wrote none', () => {
    assert.deepEqual(toToolCallPart(call('{"at":"fox"}')).input, { at: 'fox' });
    assert.deepEqual(toToolCallPart(call('')).input, {});
  });

  it('is refused by name when its arguments are not JSON, with what to do', () => {
    assert.throws(() => toToolCallPart(call('{"at":')), {
      code: 'PF-7004',
      sentence: /its call of "look" that are not JSON.* --tool-call-parser/,
    });
  });
});
