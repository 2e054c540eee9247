import { isVllmInstalled } from '../../test/vllm/install.ts';
import { startRealVllm } from '../../test/vllm/real.ts';
import { StandinProcess } from './standinProcess.ts';
import type { MeasuredServer } from './windowTimes.ts';

/** A server that windows are measured on. */
export interface ServerKind {
  readonly name: string;
  /** Why it cannot be measured on here; undefined when it can. */
  readonly missing: () => Promise<string | undefined>;
  readonly start: () => Promise<MeasuredServer & { close(): Promise<void> }>;
}

const MAX_MODEL_LEN = 262_144;
const BLOCK_SIZE = 16;
/** There is room for some conversations of the longest kind. */
const CONVERSATIONS = 8;

export const standin: ServerKind = {
  name: 'stand-in',
  missing: () => Promise.resolve(undefined),
  start: async () => {
    const started = await StandinProcess.start({
      'max-model-len': MAX_MODEL_LEN,
      'block-size': BLOCK_SIZE,
      'num-gpu-blocks-override': (CONVERSATIONS * MAX_MODEL_LEN) / BLOCK_SIZE,
    });
    return { url: started.url, model: 'standin-llama', apiKey: '', close: () => started.close() };
  },
};

export const realVllm: ServerKind = {
  name: 'vLLM on the CPU',
  missing: async () => ((await isVllmInstalled()) ? undefined : 'npm run contract installs it'),
  start: () => startRealVllm(),
};
