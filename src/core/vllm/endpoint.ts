import { invalidInput } from '../errors.ts';

/**
 * The base address of a server, without `/v1` and without a slash at its end, from what a person typed.
 * Throws PF-1001 when it is not an http(s) address, or holds a password, a query or a fragment.
 */
export function baseAddress(endpoint: string): string {
  const url = parse(endpoint.trim());
  if (url.username !== '' || url.password !== '') throw notAnEndpoint('it holds a user or password', false);
  if (url.search !== '' || url.hash !== '') throw notAnEndpoint('it has a query or a fragment', false);
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '');
}

/** The origin of a base address: what a key and a person's consent are for. */
export function originOf(endpoint: string): string {
  return new URL(endpoint).origin;
}

function parse(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url === null) throw notAnEndpoint(`"${endpoint}" is no address`);
  if (!/^https?:$/.test(url.protocol)) throw notAnEndpoint(`it begins with "${url.protocol}"`);
  return url;
}

function notAnEndpoint(why: string, example = true) {
  const form = example ? 'Write it like http://127.0.0.1:8000' : 'Leave that out';
  return invalidInput(
    `The vLLM endpoint cannot be used: ${why}.`,
    `${form}, in permafrost.vllm.endpoint or after --vllm; a key belongs in "Permafrost: Set vLLM API Key".`,
  );
}
