/**
 * Why a request may not go on, by what it asks for; undefined when it may. The server's own key goes with it, so it has to
 * stay below the endpoint's address: as an absolute address (RFC 9112, 3.2.2), or one that begins with two slashes, a
 * gateway may take it for another host, and by dot segments (RFC 3986, 5.2.4) it would leave the endpoint's path. No API
 * has either in its paths, so they are refused whatever the endpoint is.
 */
export function targetRefusal(target: string): string | undefined {
  if (!target.startsWith('/') || /^\/[/\\]/.test(target))
    return 'The request has to name a path, like /v1/models, and no address.';
  const [path = ''] = target.split(/[?#]/, 1);
  const segments = decoded(path).split(/[/\\]/);
  // Some servers take what stands after a semicolon for a parameter of the segment.
  if (segments.some((segment) => /^\.\.?(?:;|$)/.test(segment)))
    return 'The path of the request has segments that lead elsewhere: "." or "..".';
  return undefined;
}

/** With what dot segments are made of, however many times it was encoded: a gateway may decode once, and a server again. */
function decoded(path: string): string {
  const once = path.replace(/%(25|2e|2f|5c|3b|23|3f)/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return once === path ? path : decoded(once);
}
