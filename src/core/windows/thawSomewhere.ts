import type { FreezeWorkshop } from './freeze.ts';
import type { CallClock } from './patience.ts';
import { connectIfAny } from './reach.ts';
import { wantedByWindow } from './routing.ts';
import { thaw } from './thaw.ts';
import type { Thawed, ThawOptions } from './thawed.ts';
import type { FrozenWindow } from './window.ts';

/**
 * Thaws a window at the endpoint that suits best, and at another when that one fails before any text of an answer
 * was handed on: see `thaw`. Computing a prefix twice does no harm.
 */
export async function thawSomewhere(
  workshop: FreezeWorkshop,
  window: FrozenWindow,
  options: ThawOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Thawed> {
  const asksServer = window.tokenIds !== null || options.continueWith !== undefined;
  const connect = () => connectIfAny(workshop.connect);
  const endpoints = asksServer ? await clock.questions('Connecting', connect, signal) : undefined;
  if (endpoints === undefined) return thaw(workshop, undefined, window, options, clock, signal);
  let handedOn = false;
  const onEvent: ThawOptions['onEvent'] = (event) => {
    handedOn ||= event.kind === 'text';
    options.onEvent?.(event);
  };
  return endpoints.run(
    wantedByWindow(workshop.store, window),
    async ({ client, reasons }) => {
      const thawed = await thaw(workshop, client, window, { ...options, onEvent }, clock, signal);
      return { ...thawed, reasons: [...thawed.reasons, ...reasons] };
    },
    signal,
    () => options.onEvent === undefined || !handedOn,
  );
}
