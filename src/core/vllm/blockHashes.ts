import { hash } from 'node:crypto';

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
  /** Empty is none. */
  readonly salt?: string;
  /** The server's PYTHONHASHSEED; without one, servers use `vllm-none-hash`. */
  readonly seed?: string | undefined;
}

const DEFAULT_SEED = 'vllm-none-hash';
const FIRST_TAGGED = { major: 0, minor: 31 };

/**
 * The chain of block hashes, in hex, of every full block of a prompt, as a vLLM server with
 * `--prefix-caching-hash-algo sha256_cbor` computes them (`vllm/v1/core/kv_cache_utils.py`). Prompts with
 * images or LoRA adapters have further keys and other hashes.
 */
export function blockHashes(input: HashInput): string[] {
  const { tokenIds, blockSize, salt = '' } = input;
  const saltKeys = salt === '' ? NO_KEYS : encodeSalt(salt, saltFormOf(input.version));
  const hashes: string[] = [];
  let parent = rootHash(input.seed);
  const block = new BlockWriter(blockSize, Math.max(saltKeys.length, NO_KEYS.length));
  for (let begin = 0; begin + blockSize <= tokenIds.length; begin += blockSize) {
    parent = sha256(block.write(parent, tokenIds, begin, begin === 0 ? saltKeys : NO_KEYS));
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

/** Writes blocks as they are hashed, one after the other into the same memory: a long prompt has thousands. */
class BlockWriter {
  readonly #bytes: Buffer;
  readonly #blockSize: number;

  constructor(blockSize: number, longestExtraKeys: number) {
    this.#blockSize = blockSize;
    this.#bytes = Buffer.alloc((3 + blockSize) * LONGEST_HEAD + DIGEST_BYTES + longestExtraKeys);
  }

  /** The block that begins at `begin`, until the next one is written. */
  write(parent: Buffer, tokenIds: readonly number[], begin: number, extraKeys: Buffer): Buffer {
    const bytes = this.#bytes;
    let end = writeHead(bytes, 0, CBOR.array, 3);
    end = writeHead(bytes, end, CBOR.bytes, parent.length);
    end += parent.copy(bytes, end);
    end = writeHead(bytes, end, CBOR.array, this.#blockSize);
    for (let at = begin; at < begin + this.#blockSize; at++) {
      end = writeHead(bytes, end, CBOR.unsigned, tokenIds[at] ?? 0);
    }
    end += extraKeys.copy(bytes, end);
    return bytes.subarray(0, end);
  }
}

function encodeSalt(salt: string, form: SaltForm): Buffer {
  const key = cborText(salt);
  const pair = form === 'plain' ? [key] : [cborHead(CBOR.array, 2), cborText('cache_salt'), key];
  return Buffer.concat([cborHead(CBOR.array, 1), ...pair]);
}

// CBOR (RFC 8949), the few parts that a block needs, each head in its shortest form.

const CBOR = { unsigned: 0, bytes: 2, text: 3, array: 4 } as const;
const NO_KEYS = Buffer.from([0xf6]); // null
const LONGEST_HEAD = 5;
const DIGEST_BYTES = 32;

function cborText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([cborHead(CBOR.text, bytes.length), bytes]);
}

function cborHead(major: number, value: number): Buffer {
  const bytes = Buffer.alloc(LONGEST_HEAD);
  return bytes.subarray(0, writeHead(bytes, 0, major, value));
}

/** Gives where the head ends. */
function writeHead(bytes: Buffer, at: number, major: number, value: number): number {
  const type = major << 5;
  if (value < 24) return bytes.writeUInt8(type | value, at);
  if (value < 0x100) return bytes.writeUInt8(value, bytes.writeUInt8(type | 24, at));
  if (value < 0x10000) return bytes.writeUInt16BE(value, bytes.writeUInt8(type | 25, at));
  return bytes.writeUInt32BE(value, bytes.writeUInt8(type | 26, at));
}

function sha256(data: Buffer): Buffer {
  return hash('sha256', data, 'buffer');
}
