import { randomBytes } from 'node:crypto';

const SALT_BYTES = 32;

/**
 * A new cache salt: 256 random bits in base64url, 43 characters, which every vLLM accepts (1 to 128 characters,
 * none of `@ / \ NUL`). Who knows a salt can tell by timing what is cached under it, so it is never guessable.
 */
export function newSalt(random: (size: number) => Uint8Array = randomBytes): string {
  return Buffer.from(random(SALT_BYTES)).toString('base64url');
}
