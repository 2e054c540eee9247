import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { startStandin, type Standin } from '../vllm/standin/server.ts';
import { freePort } from './freePort.ts';

/** More than a demo ever fills; keeps the file small. */
const blocksKept = 20_000;

/**
 * Starts the stand-in for vLLM. Its blocks are kept in the file from one run to the next, as a vLLM with a KV
 * connector keeps them, so that a window frozen yesterday thaws from the cache. The port is kept too, if it is free,
 * because a window remembers its server.
 */
export async function startDemoModel(blocksFile: string, preferredPort: number): Promise<Standin> {
  const externalBlocks = new Set(await readBlocks(blocksFile));
  const standin = await startStandin({
    port: await freePort(preferredPort),
    promptTokensDetails: true,
    msPerToken: 15,
    msPerPromptToken: 1,
    externalBlocks,
  });
  return {
    ...standin,
    close: async () => {
      await writeFile(blocksFile, JSON.stringify([...externalBlocks].slice(-blocksKept)));
      await standin.close();
    },
  };
}

/** Empty at first, and when the file was cut short: it is only a cache. */
async function readBlocks(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  const parsed = z.array(z.string()).safeParse(text === '' ? [] : JSON.parse(text));
  return parsed.data ?? [];
}
