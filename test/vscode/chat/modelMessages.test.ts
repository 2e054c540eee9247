import assert from 'node:assert/strict';
import { stubVscode } from '../stub/stubVscode.ts';

stubVscode();
const { toToolCallPart } = await import('../../../src/vscode/chat/modelMessages.ts');

const endpoint = 'http://127.0.0.1:8000';
const call = (json: string) => ({ id: 'c1', name: 'look', arguments: json });

describe('a call of a tool that the model wrote', () => {
  it('has the arguments as an object, none when it wrote none', () => {
    assert.deepEqual(toToolCallPart(call('{"at":"fox"}'), endpoint).input, { at: 'fox' });
    assert.deepEqual(toToolCallPart(call(''), endpoint).input, {});
  });

  it('is refused by name when its arguments are not JSON', () => {
    assert.throws(() => toToolCallPart(call('{"at":'), endpoint), { code: 'PF-5003', message: /"look"/ });
  });
});
