import { idFactory } from '../../core/ids.ts';
import { Windows } from '../../core/windows/windows.ts';
import { autoFreezeIn } from '../autoFreeze.ts';
import { strayKeys } from '../options.ts';
import { ownPlace } from '../places.ts';
import { storesOf, vllmEndpoints, type Surroundings } from '../serve.ts';
import { untilStopped } from '../shutdown.ts';
import { PROXY_HELP, readProxyOptions, type ProxyPlan } from './proxyOptions.ts';
import { ProxyServer } from './proxyServer.ts';
import { Recorder } from './recorder.ts';
import { EndpointUpstream } from './upstream.ts';

type ProxySurroundings = Pick<Surroundings, 'engine' | 'log'>;

/** `mcp-server.js proxy`: passes requests on until a signal comes. @throws PF-1001 for options, PF-4xxx for the context. */
export async function runProxy(args: readonly string[], surroundings: ProxySurroundings): Promise<void> {
  const command = readProxyOptions(args, process.env, process.cwd());
  if (command.kind === 'help') return void process.stdout.write(PROXY_HELP);
  strayKeys([command.vllm], process.env).forEach(surroundings.log);
  await pass(command, surroundings);
  process.exit(0); // Connections to the server that are kept for the next request must not hold it.
}

async function pass(
  { place, port, token, vllm, sessionDays }: ProxyPlan,
  { engine, log }: ProxySurroundings,
): Promise<void> {
  const clock = { now: Date.now, newId: idFactory() };
  const stores = storesOf({ engine, log });
  const store = await stores.open(ownPlace(place, clock).directory);
  const upstream = new EndpointUpstream({ ...vllm, log });
  const connect = vllmEndpoints([vllm], log);
  const windows = new Windows({ ...clock, store, connect, sessionDays: () => sessionDays });
  const recorder = new Recorder({ sessions: windows.sessions, endpoint: upstream.endpoint, log });
  const server = new ProxyServer({ port, token, upstream, recorder, now: clock.now, log });
  log(`listening on ${await server.open()}/v1, and passing on to ${upstream.endpoint}`);
  // Nobody else sees at once what is said here: see `AutoFreezeRunner`.
  const runner = autoFreezeIn({ store, windows }, log);
  await untilStopped(server, new AbortController());
  runner.dispose();
  await stores.close();
}
