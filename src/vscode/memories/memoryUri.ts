/**
 * The scheme of memories that are open as documents: `permafrost:/<context>/<title>.md?context=<id>&memory=<id>`.
 * Breadcrumbs and tabs show the path, which is for people; the query says which memory it is.
 */
export const SCHEME = 'permafrost';

export interface MemoryAddress {
  readonly context: string;
  readonly memory: string;
}

/** Path and query of a memory's document; the last part of the path is what tabs show. */
export function memoryUriParts(
  { context, memory }: MemoryAddress,
  contextName: string,
  title: string,
): { path: string; query: string } {
  return {
    path: documentPath(contextName, title, 'memory'),
    query: new URLSearchParams({ context, memory }).toString(),
  };
}

/** What a URI is about, or undefined when it names no memory. */
export function addressIn({ query }: { readonly query: string }): MemoryAddress | undefined {
  const names = new URLSearchParams(query);
  const [context, memory] = [names.get('context'), names.get('memory')];
  return context && memory ? { context, memory } : undefined;
}

/** A path that reads well in breadcrumbs and tabs, whatever the context and what is shown are called. */
export function documentPath(contextName: string, title: string, otherwise: string): string {
  return `/${fileName(contextName, 'context')}/${fileName(title, otherwise)}.md`;
}

const LONGEST = 60;

function fileName(title: string, otherwise: string): string {
  const words = title
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...words];
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('').trim()}…` : words;
  return short.replace(/^[.\s]+|[.\s]+$/g, '') || otherwise;
}
