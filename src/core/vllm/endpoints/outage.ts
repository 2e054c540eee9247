import { PermafrostError } from '../../errors.ts';
import { isNotOffered, isUnavailable } from '../failure.ts';

/** What shows that a server can serve nobody, whatever it is asked. */
const OUTAGES = new Set([
  'PF-5002', // cannot be reached
  'PF-5006', // redirects
  'PF-6001', // is silent
  'PF-8001', // refuses the key
  'PF-8002', // is at its limit
  'PF-8006', // its key cannot be sent
]);

/** What a server may do because of the one request: fail where it would serve another. */
const SUSPICIONS = new Set([
  'PF-5003', // answers as no vLLM server does
  'PF-5004', // failed
  'PF-5007', // broke off
]);

/** Whether a server is out of order, for every request. */
export function isOutage(thrown: unknown): thrown is PermafrostError {
  return thrown instanceof PermafrostError && (OUTAGES.has(thrown.code) || isUnavailable(thrown));
}

/** Whether a server may be out of order, if other requests fail so too. That it lacks a path is no failure of it. */
export function isSuspicious(thrown: unknown): thrown is PermafrostError {
  return isFailure(thrown) && !isOutage(thrown) && !isNotOffered(thrown);
}

/** Whether a server failed, so that another one may do better. */
export function isFailure(thrown: unknown): thrown is PermafrostError {
  return isOutage(thrown) || (thrown instanceof PermafrostError && SUSPICIONS.has(thrown.code));
}
