// Holds a real vLLM to the contract: `npm run contract`. Installs it at the first run (about 6 GB).

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contract } from './contract.ts';
import type { ServerSetup } from './contract/subject.ts';
import { installVllm, tinyModel } from './install.ts';
import { BLOCK_SIZE, startRealVllm } from './real.ts';

const OTHER_SEED = 21;

describe('a real vLLM by the contract', () => {
  let files: string;
  before(async () => {
    files = await mkdtemp(join(tmpdir(), 'permafrost-contract-'));
  });
  after(() => rm(files, { recursive: true, force: true }));

  contract(async ({ port, servedAs, isOtherModel = false, ...setup } = {}) => {
    const python = await installVllm();
    const model = await tinyModel(python, isOtherModel ? OTHER_SEED : undefined);
    return startRealVllm({
      apiKey: 'contract-key',
      model,
      flags: await flagsOf(setup, model, files),
      ...(port === undefined ? {} : { port }),
      ...(servedAs === undefined ? {} : { servedAs }),
    });
  });
});

async function flagsOf(
  { preamble, cacheTokens, keepsBlocks }: ServerSetup,
  model: string,
  files: string,
): Promise<string[]> {
  return [
    // One block more than there is room for: vLLM keeps one for itself.
    ...(cacheTokens === undefined ? [] : [`--num-gpu-blocks-override=${cacheTokens / BLOCK_SIZE + 1}`]),
    ...(preamble === undefined ? [] : ['--chat-template', await templateWith(preamble, model, files)]),
    ...(keepsBlocks === true
      ? ['--kv-transfer-config', JSON.stringify(connectorIn(join(files, 'blocks')))]
      : []),
  ];
}

/** The model's own template, which then says more before the conversation. */
async function templateWith(preamble: string, model: string, files: string): Promise<string> {
  const template = await readFile(join(model, 'chat_template.jinja'), 'utf8');
  const file = join(files, 'template.jinja');
  await writeFile(file, template.replace('<|begin|>', `<|begin|><|system|>${preamble}<|end|>`));
  return file;
}

/** The one connector of vLLM that keeps blocks on a disk and needs no GPU; it is for tests alone. */
function connectorIn(directory: string): unknown {
  return {
    kv_connector: 'ExampleConnector',
    kv_role: 'kv_both',
    kv_connector_extra_config: { shared_storage_path: directory },
  };
}
