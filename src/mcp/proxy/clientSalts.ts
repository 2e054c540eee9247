import { createHmac, randomBytes } from 'node:crypto';

/** The salts of what is said outside of conversations: one a client, for as long as this process runs. */
export class ClientSalts {
  readonly #secret = randomBytes(32);

  /** @param client whom a request is for; all that do not say so share a salt */
  of(client = ''): string {
    return createHmac('sha256', this.#secret).update(client).digest('base64url');
  }
}
