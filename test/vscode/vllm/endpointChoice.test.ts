import assert from 'node:assert/strict';
import { chooseEndpoints, type NamedEndpoints } from '../../../src/vscode/vllm/endpointChoice.ts';

const local = 'http://127.0.0.1:8000';
const far = 'https://models.example.com';
const silent: NamedEndpoints = { endpoint: undefined, endpoints: undefined };

const one = (endpoint: unknown): NamedEndpoints => ({ endpoint, endpoints: undefined });
const several = (...endpoints: unknown[]): NamedEndpoints => ({ endpoint: undefined, endpoints });
const named = (user: NamedEndpoints, folder: NamedEndpoints, trusted = true) =>
  chooseEndpoints({ user, folder }, trusted);
const addresses = (...places: Parameters<typeof named>) => named(...places).map(({ endpoint }) => endpoint);

describe('the servers that the settings name', () => {
  it('are none when nobody names one', () => {
    assert.deepEqual(named(one(''), silent), []);
    assert.deepEqual(named(silent, one(' ')), []);
    assert.deepEqual(named(several(), several(' ')), []);
  });

  it('are those that the person named, which need no question', () => {
    const choice = { endpoint: local, origin: local, namedByFolder: false };
    assert.deepEqual(named(one(` ${local}/v1/ `), silent), [choice]);
    assert.deepEqual(named(several(`${local}/v1`, far), silent), [
      choice,
      { endpoint: far, origin: far, namedByFolder: false },
    ]);
  });

  it('are the list where there is one, each server once, and the single one otherwise', () => {
    assert.deepEqual(addresses({ endpoint: far, endpoints: [local, `${local}/v1/`] }, silent), [local]);
    assert.deepEqual(addresses({ endpoint: far, endpoints: [] }, silent), [far]);
    assert.deepEqual(addresses({ endpoint: far, endpoints: [' '] }, silent), [far]);
  });

  it('are those of a trusted folder, whichever way it names them, which need a question each', () => {
    const choice = { endpoint: `${far}/team`, origin: far, namedByFolder: true };
    assert.deepEqual(named(one(local), one(`${far}/team`)), [choice]);
    assert.deepEqual(named(several(local), one(`${far}/team`)), [choice]);
    assert.deepEqual(named(one(local), several(`${far}/team`, local)), [
      choice,
      { endpoint: local, origin: local, namedByFolder: false },
    ]);
  });

  it('need no question when the person named the same origin', () => {
    assert.equal(named(several(far, local), one(`${local}/other`))[0]?.namedByFolder, false);
  });

  it('are never those of a folder that is not trusted', () => {
    assert.deepEqual(addresses(silent, one(far), false), []);
    assert.deepEqual(addresses(silent, several(far), false), []);
    assert.deepEqual(addresses(one(local), several(far), false), [local]);
    assert.deepEqual(addresses(one(local), one(7), false), [local]);
  });

  it('can be switched off by a folder', () => {
    assert.deepEqual(named(several(local, far), one('')), []);
    assert.deepEqual(named(one(local), several()), []);
  });

  it('have to be addresses', () => {
    for (const folder of [7, ['http://a'], 'fox', 'file:///etc/passwd', 'http://user:secret@host']) {
      assert.throws(() => named(silent, one(folder)), { code: 'PF-1001' }, String(folder));
    }
    for (const endpoints of ['http://a', [7], [local, 'fox']]) {
      assert.throws(() => named(silent, { endpoint: local, endpoints }), { code: 'PF-1001' });
    }
  });
});
