import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { invalidInput } from '../core/errors.ts';
import type { HttpRefusal } from './httpRefusal.ts';

export const LOOPBACK_HOST = '127.0.0.1';

/** Lets in who has the token, and comes from this machine and not by way of a browser's page. */
export class Loopback {
  readonly #token: Buffer;
  #hosts: ReadonlySet<string> = new Set();

  constructor(token: string) {
    this.#token = digest(token);
  }

  /** Where the server listens; before this is known, nobody is let in. */
  isAt(port: number): void {
    const names = [LOOPBACK_HOST, 'localhost', '[::1]'];
    // Clients leave the port out where it is the one that HTTP has by itself.
    this.#hosts = new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]);
  }

  /** Why a request may not come in; undefined when it may. */
  refuse({ headers }: IncomingMessage): HttpRefusal | undefined {
    const { host = '', origin, authorization = '' } = headers;
    // A page that was led here by a DNS trick names another host, and any page names its origin.
    if (!this.#hosts.has(host)) return { status: 403, message: `The host "${host}" is not this server.` };
    if (origin !== undefined && !this.#isOwn(origin))
      return { status: 403, message: `The origin "${origin}" may not call this server.` };
    if (!timingSafeEqual(digest(bearerTokenIn(authorization)), this.#token))
      return { status: 401, message: 'A bearer token is needed: the one the server was started with.' };
    return undefined;
  }

  #isOwn(origin: string): boolean {
    return origin.startsWith('http://') && this.#hosts.has(origin.slice('http://'.length));
  }
}

/** The token of a header; empty where there is none. The case of a scheme's name does not count (RFC 9110, 11.1). */
function bearerTokenIn(authorization: string): string {
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}

/** Digests have one length, so that comparing them tells nothing about the length of the token. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Resolves with the port. @throws PF-1001, naming the option, when it cannot be had. */
export function listen(http: Server, port: number, option: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause) =>
      reject(
        invalidInput(
          `${option} ${port} cannot be used: ${cause.message}.`,
          'Choose another port; 0 takes a free one.',
        ),
      ),
    );
    http.listen(port, LOOPBACK_HOST, () => {
      const address = http.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
