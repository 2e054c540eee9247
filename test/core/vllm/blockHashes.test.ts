import assert from 'node:assert/strict';
import { blockHashes, maxCacheable, rootHash, saltFormOf } from '../../../src/core/vllm/blockHashes.ts';

// The vectors were computed by vLLM itself.

const first16 = Array.from({ length: 16 }, (_, i) => i);
const version = '0.32.0';

describe('block hashes', () => {
  it('begin from the digest of the seed', () => {
    assert.equal(
      rootHash().toString('hex'),
      '9bd96a485ad84efdafb72ee48a1d7a69bcead0f8f0433173941b276b9581eef0',
    );
    assert.equal(
      rootHash('0').toString('hex'),
      '4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e61c3e',
    );
  });

  it("are vLLM's without a salt", () => {
    assert.deepEqual(blockHashes({ tokenIds: first16, blockSize: 16, version }), [
      'dc918a88b139e5afe60b88eda27508d4aee16c10fdc354791efea06206ac0749',
    ]);
    assert.deepEqual(blockHashes({ tokenIds: first16, blockSize: 16, version, seed: '0' }), [
      'd830de3d42c00f25a2949b5d12d98642664a44872c1614c5b0147556276afc9c',
    ]);
  });

  it("are vLLM 0.30's with a salt", () => {
    assert.deepEqual(
      blockHashes({ tokenIds: first16, blockSize: 16, version: '0.30.0', salt: 'salt-Aé_1' }),
      ['058cef0f0584b4c48d8a619e56e9d9e3466b39a816a1b7d0944ad3b242ffe4a1'],
    );
  });

  it("are vLLM 0.32's with a salt, in a chain", () => {
    const tokenIds = Array.from({ length: 96 }, (_, i) => (7 * i) % 300);
    assert.deepEqual(blockHashes({ tokenIds, blockSize: 32, version, seed: '0', salt: 'saltTwo-9' }), [
      'a3b211befdcdad66e7a920e83886a0dcade2b9e289bcb6a610de4c09b98cf4c6',
      '0efa82d0d49e1af1da831675007dda564dfb622ab22b19e916dcd63b4fc73e5a',
      '05900943446720d64a5f2f9cb3fe30972fb60b3b63204e5f2d437aeb92475e40',
    ]);
  });

  it('are made of full blocks alone', () => {
    const hash = (length: number) =>
      blockHashes({ tokenIds: first16.slice(0, length), blockSize: 8, version });
    assert.deepEqual(
      [0, 7, 8, 15, 16].map((length) => hash(length).length),
      [0, 0, 1, 1, 2],
    );
    assert.deepEqual(hash(15), hash(8));
  });

  it('differ by every token before, and by the salt', () => {
    const last = (tokenIds: number[], salt?: string) =>
      blockHashes({ tokenIds, blockSize: 8, version, ...(salt === undefined ? {} : { salt }) }).at(-1);
    const all = [
      last(first16),
      last(first16.with(0, 99)),
      last(first16.with(15, 70_000)),
      last(first16, 's'),
    ];
    assert.equal(new Set(all).size, all.length);
    assert.equal(last(first16, ''), last(first16));
  });
});

describe('the form of the salt', () => {
  it('is plain up to 0.30 and tagged from 0.31', () => {
    const plain = ['0.9.2', '0.11.1', 'v0.30.1', '0.30.0rc1'];
    const tagged = ['0.31.0', '0.32.0', '0.100.0', '1.0.0', '0.33.0.dev5+g1234'];
    assert.deepEqual(
      plain.map(saltFormOf),
      plain.map(() => 'plain'),
    );
    assert.deepEqual(
      tagged.map(saltFormOf),
      tagged.map(() => 'tagged'),
    );
  });

  it('is the newest for a version that cannot be read', () => assert.equal(saltFormOf('dev'), 'tagged'));
});

describe('the most that can be cached', () => {
  it('is whole blocks without the last token', () => {
    const lengths = [0, 1, 32, 33, 64, 65, 1_000];
    assert.deepEqual(
      lengths.map((length) => maxCacheable(length, 32)),
      [0, 0, 0, 32, 32, 64, 992],
    );
  });
});
