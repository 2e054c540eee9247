// Runs the stand-in for vLLM until it is stopped: `node test/vllm/standin/main.ts --port 8000`.

import { parseArgs } from 'node:util';
import { startStandin } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8000' },
    host: { type: 'string', default: '127.0.0.1' },
    'api-key': { type: 'string' },
    'served-model-name': { type: 'string', default: 'standin-llama' },
    'block-size': { type: 'string', default: '16' },
    'max-model-len': { type: 'string', default: '16384' },
    'num-gpu-blocks-override': { type: 'string', default: '8192' },
    'ms-per-token': { type: 'string', default: '15' },
  },
});

const standin = await startStandin({
  port: Number(values.port),
  host: values.host,
  model: values['served-model-name'],
  blockSize: Number(values['block-size']),
  maxModelLen: Number(values['max-model-len']),
  blocks: Number(values['num-gpu-blocks-override']),
  msPerToken: Number(values['ms-per-token']),
  ...(values['api-key'] === undefined ? {} : { apiKey: values['api-key'] }),
});

console.log(`This is Permafrost's stand-in for vLLM, not vLLM: it has no model, and its answers mean nothing.
It keeps a prefix cache as vLLM does. Model "${standin.model}" at ${standin.url} (Ctrl+C stops it)`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void standin.close());
}
