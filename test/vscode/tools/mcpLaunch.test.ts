import assert from 'node:assert/strict';
import { readOptions } from '../../../src/mcp/options.ts';
import { mcpConfiguration, mcpLaunch } from '../../../src/vscode/tools/mcpLaunch.ts';

const facts = {
  script: '/x/dist/mcp-server.js',
  place: { folder: '/work/fox' },
  permafrostHome: '/home/me/pf',
  endpoints: ['http://127.0.0.1:8000'],
  apiKeys: {},
  allowedContexts: ['C2'],
  sessionDays: 0,
};

describe('how the MCP server is started', () => {
  it('names the folder, the server and what may be read', () => {
    const { args } = mcpLaunch({ ...facts, node: '/x/node', isElectron: false });
    assert.deepEqual(args, [
      facts.script, '--folder', '/work/fox', '--vllm', 'http://127.0.0.1:8000', '--allow-context', 'C2',
      '--session-days', '0',
    ]); // prettier-ignore
  });

  it('names every server, in order', () => {
    const endpoints = ['http://a:1', 'http://b:2'];
    const { args } = mcpLaunch({ ...facts, endpoints, node: '/x/node', isElectron: false });
    assert.deepEqual(args.slice(3, 7), ['--vllm', 'http://a:1', '--vllm', 'http://b:2']);
  });

  it('says when sessions are over, whatever the environment that it inherits says', () => {
    const inherited = { PERMAFROST_SESSION_DAYS: '7' };
    for (const sessionDays of [0, 30]) {
      const { args } = mcpLaunch({ ...facts, sessionDays, node: '/x/node', isElectron: false });
      const options = readOptions(args.slice(1), inherited, '/');
      assert.equal(options.kind === 'serve' && options.sessionDays, sessionDays);
    }
  });

  it('gives the key of each origin by the environment alone', () => {
    const apiKeys = { 'http://127.0.0.1:8000': 'secret' };
    const launch = mcpLaunch({ ...facts, node: '/x/node', isElectron: true, apiKeys });
    assert.equal(JSON.stringify(launch.args).includes('secret'), false);
    assert.deepEqual(launch.env, {
      ELECTRON_RUN_AS_NODE: '1',
      PERMAFROST_HOME: '/home/me/pf',
      PERMAFROST_VLLM_API_KEY: '',
      PERMAFROST_VLLM_API_KEYS: '{"http://127.0.0.1:8000":"secret"}',
    });
  });

  it('hides keys that the editor itself was started with, which may be for other servers', () => {
    const { env } = mcpLaunch({ ...facts, node: '/x/node', isElectron: false });
    assert.equal(env['PERMAFROST_VLLM_API_KEY'], '');
    assert.equal(env['PERMAFROST_VLLM_API_KEYS'], '{}');
  });

  it('tells the seed of a server that has one', () => {
    const { args } = mcpLaunch({ ...facts, hashSeed: '0', node: 'n', isElectron: false });
    assert.deepEqual(args.slice(args.indexOf('--vllm-hash-seed')).slice(0, 2), ['--vllm-hash-seed', '0']);
    const alone = mcpLaunch({ ...facts, endpoints: [], hashSeed: '0', node: 'n', isElectron: false });
    assert.ok(!alone.args.includes('--vllm-hash-seed'));
  });

  it('names the directory of the context where no folder is open', () => {
    const place = { context: '/contexts/C1' };
    const { args } = mcpLaunch({
      ...facts,
      place,
      endpoints: [],
      allowedContexts: [],
      node: 'n',
      isElectron: false,
    });
    assert.deepEqual(args, [facts.script, '--context', '/contexts/C1', '--session-days', '0']);
  });

  it('is told to other clients as their configuration files have it', () => {
    assert.deepEqual(JSON.parse(mcpConfiguration({ ...facts, allowedContexts: [] })), {
      mcpServers: {
        permafrost: {
          command: 'node',
          args: [
            facts.script, '--folder', '/work/fox', '--vllm', 'http://127.0.0.1:8000', '--session-days', '0',
          ], // prettier-ignore
          env: { PERMAFROST_HOME: '/home/me/pf' },
        },
      },
    });
  });
});
