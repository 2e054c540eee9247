import assert from 'node:assert/strict';
import { PermafrostError } from '../../../src/core/errors.ts';
import { PROXY_HELP, readProxyOptions, type ProxyPlan } from '../../../src/mcp/proxy/proxyOptions.ts';

const NEEDED = ['--port', '0', '--token', 'T'];

function plan(args: readonly string[], environment: Record<string, string> = {}): ProxyPlan {
  const command = readProxyOptions([...NEEDED, ...args], environment, '/cwd');
  return command.kind === 'proxy' ? command : assert.fail();
}

describe('The options of the proxy', () => {
  it('name the server, its seed, and the days after which sessions are over', () => {
    const { vllm, sessionDays } = plan(['--vllm', 'http://h:1/v1', '--vllm-hash-seed', '0']);
    assert.deepEqual([vllm, sessionDays], [{ endpoint: 'http://h:1', apiKey: undefined, hashSeed: '0' }, 0]);
    const environment = { PERMAFROST_SESSION_DAYS: '30' };
    assert.equal(plan(['--vllm', 'http://h:1'], environment).sessionDays, 30);
    assert.equal(plan(['--vllm', 'http://h:1', '--session-days', '7'], environment).sessionDays, 7);
  });

  for (const [args, refusal] of [
    [['--vllm', ''], /^--vllm is empty\.$/],
    [['--vllm', 'http://h:1', '--vllm', ''], /^--vllm is empty\.$/],
    [['--vllm', 'http://h:1', '--session-days', 'soon'], /^--session-days needs a whole number of days/],
  ] as const) {
    it(`are refused: ${args.join(' ')}`, () =>
      assert.throws(
        () => plan(args),
        (error) => error instanceof PermafrostError && refusal.test(error.message),
      ));
  }

  it('are told with what becomes of an answer that is broken off', () =>
    assert.match(
      PROXY_HELP,
      /^Of an answer that was broken off only the question is kept, until the client sends the answer's text back/m,
    ));

  it('are all told, and what is read from the environment', () => {
    for (const told of ['--vllm-hash-seed', '--session-days', 'PERMAFROST_VLLM_API_KEYS'])
      assert.match(PROXY_HELP, new RegExp(told));
  });
});
