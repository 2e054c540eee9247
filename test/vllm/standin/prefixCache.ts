import { blockHashes, maxCacheable } from '../../../src/core/vllm/blockHashes.ts';

export interface PrefixCacheOptions {
  readonly blockSize: number;
  /** How many blocks there is room for; the least recently used ones go first, a prompt's last ones first of all. */
  readonly blocks: number;
  readonly version: string;
  readonly seed: string;
  /** Blocks that outlive the server, as with a KV connector: share one set between servers. */
  readonly externalBlocks?: Set<string>;
}

/** Tokens of a prompt that need no computing, by where they came from. */
export interface Found {
  readonly local: number;
  readonly external: number;
}

/** Which blocks of which prompts a server holds, by the hashes that vLLM gives them. */
export class PrefixCache {
  readonly #options: PrefixCacheOptions;
  /** Oldest first. */
  readonly #blocks = new Set<string>();

  constructor(options: PrefixCacheOptions) {
    this.#options = options;
  }

  /** The hashes of the blocks held now. */
  get hashes(): readonly string[] {
    return [...this.#blocks];
  }

  /** How much of the prompt is there: whole blocks from its beginning, and never its last token. */
  find(tokenIds: readonly number[], salt: string | undefined): Found {
    const { blockSize, externalBlocks } = this.#options;
    const usable = tokenIds.slice(0, maxCacheable(tokenIds.length, blockSize));
    const hashes = this.#hashesOf(usable, salt);
    const local = leading(hashes, (hash) => this.#blocks.has(hash));
    const external = leading(hashes.slice(local), (hash) => externalBlocks?.has(hash) ?? false);
    return { local: local * blockSize, external: external * blockSize };
  }

  /** Keeps every full block of these tokens, and makes them the most recently used. */
  keep(tokenIds: readonly number[], salt: string | undefined): void {
    // As vLLM frees them: the last block first, so that it is evicted before the ones that it builds on.
    for (const hash of this.#hashesOf(tokenIds, salt).toReversed()) {
      this.#blocks.delete(hash);
      this.#blocks.add(hash);
      this.#options.externalBlocks?.add(hash);
    }
    for (const hash of this.#blocks) {
      if (this.#blocks.size <= this.#options.blocks) return;
      this.#blocks.delete(hash);
    }
  }

  /** Forgets everything, as /reset_prefix_cache or a restart does. */
  clear(): void {
    this.#blocks.clear();
  }

  #hashesOf(tokenIds: readonly number[], salt: string | undefined): string[] {
    const { blockSize, version, seed } = this.#options;
    return blockHashes({ tokenIds, blockSize, version, seed, ...(salt === undefined ? {} : { salt }) });
  }
}

function leading<T>(values: readonly T[], holds: (value: T) => boolean): number {
  const end = values.findIndex((value) => !holds(value));
  return end < 0 ? values.length : end;
}
