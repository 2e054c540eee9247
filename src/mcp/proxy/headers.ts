/** Names and values in turns, as they came: with their case, their order, and those that come twice. */
export type RawHeaders = readonly string[];

/** What is about one connection and not about the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The client's key is that of the proxy: a server has no business with it, wherever the client put it. */
const KEYS = ['authorization', 'api-key', 'x-api-key'];

export interface Destination {
  readonly host: string;
  readonly key: string | undefined;
  /** Bytes of the body; undefined when there is none, `stream` when they are not counted here. */
  readonly length: number | 'stream' | undefined;
}

/** The client's headers as a server gets them. */
export function sentHeaders(headers: RawHeaders, { host, key, length }: Destination): string[] {
  const own = ['host', 'expect', ...KEYS, ...(typeof length === 'number' ? ['content-length'] : [])];
  const sent = ['Host', host, ...without(endToEnd(headers), own)];
  if (key !== undefined) sent.push('Authorization', `Bearer ${key}`);
  if (typeof length === 'number') sent.push('Content-Length', String(length));
  // For methods that have no body as a rule, Node would say nothing: a server would read the body as the next request.
  if (length === 'stream' && valuesOf(sent, 'content-length').length === 0)
    sent.push('Transfer-Encoding', 'chunked');
  return sent;
}

/** All but those for the connection. */
export function endToEnd(headers: RawHeaders): string[] {
  const named = valuesOf(headers, 'connection').flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
  return without(headers, [...HOP_BY_HOP, ...named]);
}

/** The headers but those of these names, in lower case. */
export function without(headers: RawHeaders, names: readonly string[]): string[] {
  const unwanted = new Set(names);
  return headers.filter((_, at) => !unwanted.has((headers[at - (at % 2)] ?? '').toLowerCase()));
}

function valuesOf(headers: RawHeaders, name: string): string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
}
