import assert from 'node:assert/strict';
import { baseAddress } from '../../../src/core/vllm/endpoint.ts';

describe('an endpoint', () => {
  it('may be given with or without /v1, slashes and spaces', () => {
    for (const typed of [
      'http://h:8000',
      'http://h:8000/',
      ' http://h:8000/v1 ',
      'http://h:8000/v1/',
      'HTTP://H:8000//',
    ]) {
      assert.equal(baseAddress(typed), 'http://h:8000', typed);
    }
  });

  it('may be below a path', () => {
    assert.equal(baseAddress('https://gateway.example/team/llm/v1'), 'https://gateway.example/team/llm');
    assert.equal(baseAddress('https://gateway.example/v1beta'), 'https://gateway.example/v1beta');
  });

  it('is refused when it is not an http address', () => {
    for (const typed of ['', 'localhost', 'h:8000', 'ftp://h', 'file:///etc/passwd']) {
      assert.throws(() => baseAddress(typed), { code: 'PF-1001' }, typed);
    }
  });

  it('is refused when it holds a password, which is not repeated', () => {
    assert.throws(
      () => baseAddress('https://me:hunter2@h'),
      (error: Error) => !error.message.includes('hunter2') && /user or password/.test(error.message),
    );
  });

  it('is refused when it has a query or a fragment', () => {
    for (const typed of ['http://h/?key=1', 'http://h/#x']) {
      assert.throws(() => baseAddress(typed), { code: 'PF-1001', message: /query or a fragment/ });
    }
  });
});
