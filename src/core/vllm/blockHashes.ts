import { createHash } from 'node:crypto';

/**
 * How a server's version writes the salt into the first block: `plain` is the salt alone (0.30 and older),
 * `tagged` is the pair ("cache_salt", salt) (0.31 and newer).
 */
export type SaltForm = 'plain' | 'tagged';

export interface HashInput {
  readonly tokenIds: readonly number[];
  /** Tokens in a block, from the server's `vllm:cache_config_info`. */
  readonly blockSize: number;
  /** The server's version, as `/version` says it. */
  readonly version: string;
  readonly salt?: string;
  /** The server's PYTHONHASHSEED; without one, servers use `vllm-none-hash`. */
  readonly seed?: string;
}

const DEFAULT_SEED = 'vllm-none-hash';
const FIRST_TAGGED = { major: 0, minor: 31 };

/**
 * The chain of block hashes, in hex, of every full block of a prompt, as a vLLM server with
 * `--prefix-caching-hash-algo sha256_cbor` computes them (`vllm/v1/core/kv_cache_utils.py`). Prompts with
 * images or LoRA adapters have further keys and other hashes.
 */
export function blockHashes(input: HashInput): string[] {
  const { tokenIds, blockSize, salt } = input;
  const saltKeys = salt === undefined ? NO_KEYS : encodeSalt(salt, saltFormOf(input.version));
  const hashes: string[] = [];
  let parent = rootHash(input.seed);
  for (let end = blockSize; end <= tokenIds.length; end += blockSize) {
    parent = hashBlock(
      parent,
      tokenIds.slice(end - blockSize, end),
      hashes.length === 0 ? saltKeys : NO_KEYS,
    );
    hashes.push(parent.toString('hex'));
  }
  return hashes;
}

/** The parent of the first block: the digest of the server's seed. */
export function rootHash(seed: string = DEFAULT_SEED): Buffer {
  return sha256(cborText(seed));
}

/** The most of `tokens` that a prefix cache can hold ready: whole blocks, and never the last token. */
export function maxCacheable(tokens: number, blockSize: number): number {
  return Math.max(0, Math.floor((tokens - 1) / blockSize) * blockSize);
}

/** The form in which a server of this version hashes the salt; a version that cannot be read counts as newest. */
export function saltFormOf(version: string): SaltForm {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return 'tagged';
  const newer = Number(major) > FIRST_TAGGED.major || Number(minor) >= FIRST_TAGGED.minor;
  return newer ? 'tagged' : 'plain';
}

function hashBlock(parent: Buffer, tokenIds: readonly number[], extraKeys: Buffer): Buffer {
  return sha256(
    Buffer.concat([
      cborHead(CBOR.array, 3),
      cborHead(CBOR.bytes, parent.length),
      parent,
      cborHead(CBOR.array, tokenIds.length),
      ...tokenIds.map((id) => cborHead(CBOR.unsigned, id)),
      extraKeys,
    ]),
  );
}

function encodeSalt(salt: string, form: SaltForm): Buffer {
  const key = cborText(salt);
  const pair = form === 'plain' ? [key] : [cborHead(CBOR.array, 2), cborText('cache_salt'), key];
  return Buffer.concat([cborHead(CBOR.array, 1), ...pair]);
}

// CBOR (RFC 8949), the few parts that a block needs, each head in its shortest form.

const CBOR = { unsigned: 0, bytes: 2, text: 3, array: 4 } as const;
const NO_KEYS = Buffer.from([0xf6]); // null

function cborText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([cborHead(CBOR.text, bytes.length), bytes]);
}

function cborHead(major: number, value: number): Buffer {
  const type = major << 5;
  if (value < 24) return Buffer.from([type | value]);
  if (value < 0x100) return Buffer.from([type | 24, value]);
  if (value < 0x10000) return Buffer.from([type | 25, value >> 8, value & 0xff]);
  const head = Buffer.alloc(5);
  head[0] = type | 26;
  head.writeUInt32BE(value, 1);
  return head;
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
