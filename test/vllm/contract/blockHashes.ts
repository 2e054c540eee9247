import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { blockHashes } from '../../../src/core/vllm/blockHashes.ts';
import { newSalt } from '../../../src/core/vllm/salt.ts';
import { openStore } from '../../core/store/openStore.ts';
import { to, windowsOf } from '../../core/windows/openWindows.ts';
import { conversationOf } from '../conversations.ts';
import type { Subject } from './subject.ts';
import { complete } from '../whole.ts';

/** Of each length, with a salt and without; the longest has all shorter ones in its chain. */
const LENGTHS = [1, 2, 3, 17, 100, 300];

export function blockHashCases(subject: () => Subject): void {
  describe('publishes which blocks it stores', () => {
    it('by the hashes that Permafrost computes, with a salt and without, of prompts of 1 to 300 blocks', async function () {
      const { client, model, blockSize, server } = subject();
      if (server.storedBlocks === undefined) this.skip(); // the stand-in would only be held against itself
      const version = await client.version();
      const before = (await server.storedBlocks()).length;
      const expected: string[] = [];
      for (const blocks of LENGTHS) {
        for (const salt of [undefined, newSalt()]) {
          const tokenIds = Array.from({ length: blocks * blockSize + 5 }, () => randomInt(10, 250));
          const salted = salt === undefined ? {} : { cacheSalt: salt };
          await complete(client, { model, prompt: tokenIds, maxTokens: 1, ...salted });
          expected.push(...hashesOf(server.hashSeed, { tokenIds, blockSize, version, salt }));
        }
      }
      assert.equal(expected.length, 2 * LENGTHS.reduce((sum, blocks) => sum + blocks));
      assert.deepEqual((await server.storedBlocks()).slice(before), expected);
    });

    it('by the hashes that a frozen window keeps', async function () {
      const { server } = subject();
      if (server.storedBlocks === undefined) this.skip();
      const before = (await server.storedBlocks()).length;
      const windows = windowsOf(openStore(), to(server, server.apiKey));
      const { blockHashes: kept } = await windows.freeze({ messages: conversationOf(20, 5_000) });
      assert.deepEqual((await server.storedBlocks()).slice(before), kept);
    });
  });
}

interface Prompt {
  readonly tokenIds: readonly number[];
  readonly blockSize: number;
  readonly version: string;
  readonly salt: string | undefined;
}

function hashesOf(seed: string | undefined, { salt, ...prompt }: Prompt): string[] {
  return blockHashes({ ...prompt, seed, ...(salt === undefined ? {} : { salt }) });
}
