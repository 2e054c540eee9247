/** The scheme of memories that are open as documents: `permafrost:/<context id>/<memory id>/<title>.md`. */
export const SCHEME = 'permafrost';

export interface MemoryAddress {
  readonly context: string;
  readonly memory: string;
}

/** The path of a memory's document; its last part is what tabs show. */
export function memoryPath({ context, memory }: MemoryAddress, title: string): string {
  return `/${context}/${memory}/${fileName(title)}.md`;
}

/** What a path is about, or undefined when it is not one of a memory. */
export function addressIn(path: string): MemoryAddress | undefined {
  const [, context, memory, name, ...rest] = path.split('/');
  if (!context || !memory || !name || rest.length > 0) return undefined;
  return { context, memory };
}

const LONGEST = 60;

function fileName(title: string): string {
  const words = title
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...words];
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('').trim()}…` : words;
  return short.replace(/^[.\s]+|[.\s]+$/g, '') || 'memory';
}
