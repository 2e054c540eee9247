import { documentPath } from '../memories/memoryUri.ts';

/** The scheme of the pages of windows: `permafrost-window:/<context>/<name>.md?context=<id>&window=<id>`. */
export const WINDOW_SCHEME = 'permafrost-window';

export interface WindowAddress {
  readonly context: string;
  readonly window: string;
}

/** Path and query of a window's page; the last part of the path is what tabs show. */
export function windowUriParts(
  { context, window }: WindowAddress,
  contextName: string,
  name: string,
): { path: string; query: string } {
  return {
    path: documentPath(contextName, name, 'window'),
    query: new URLSearchParams({ context, window }).toString(),
  };
}

/** What a URI is about, or undefined when it names no window. */
export function windowAddressIn({ query }: { readonly query: string }): WindowAddress | undefined {
  const names = new URLSearchParams(query);
  const [context, window] = [names.get('context'), names.get('window')];
  return context && window ? { context, window } : undefined;
}
