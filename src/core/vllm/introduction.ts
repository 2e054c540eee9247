import type { VllmClient } from './client.ts';
import { ifTold } from './failure.ts';

/** Which server answers at an endpoint and what it serves, as the beginning of a sentence. */
export async function introduction(client: VllmClient, signal: AbortSignal): Promise<string> {
  const [version, models] = await Promise.all([ifTold(client.version(signal)), client.models(signal)]);
  const server = version === null ? 'vLLM' : `vLLM ${version}`;
  return `${server} at ${client.endpoint} serves ${models.map(({ id }) => id).join(', ')}`;
}
