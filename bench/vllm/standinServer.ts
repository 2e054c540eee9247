// Runs the stand-in for vLLM, with room for the longest conversation, until its input ends; prints where it is.

import { startStandin } from '../../test/vllm/standin/server.ts';

const MAX_MODEL_LEN = 262_144;
const BLOCK_SIZE = 16;
/** Room for some conversations of the longest kind. */
const CONVERSATIONS = 8;

const standin = await startStandin({
  maxModelLen: MAX_MODEL_LEN,
  blockSize: BLOCK_SIZE,
  blocks: (CONVERSATIONS * MAX_MODEL_LEN) / BLOCK_SIZE,
});
console.log(JSON.stringify({ url: standin.url, model: standin.model, apiKey: '' }));
process.stdin.resume().once('end', () => void standin.close());
