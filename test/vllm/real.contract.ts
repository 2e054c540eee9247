// Holds a real vLLM to the contract: `npm run contract`. Installs it at the first run (about 6 GB).

import { contract } from './contract.ts';
import { startRealVllm } from './real.ts';

describe('a real vLLM by the contract', () => {
  contract(() => startRealVllm({ apiKey: 'contract-key' }));
});
