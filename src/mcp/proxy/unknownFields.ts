import type { Additions } from './chatRequest.ts';

export interface UnknownFieldsOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** How long a server is asked without what it refused: behind one address there may soon be another server. */
const WITHOUT_MS = 10 * 60_000;

/** What each addition is called in a request. */
const NAMES: Readonly<Record<keyof Additions, string>> = {
  salt: 'cache_salt',
  tokenIds: 'return_token_ids',
  usage: 'stream_options|include_usage',
};

const UNKNOWN =
  /unrecogni[sz]ed|unknown|unexpected|unsupported|not supported|not permitted|not allowed|extra_forbidden/
    .source;
/** Not far, in no other part of a JSON that quotes the request, and not in a list of what would have been expected. */
const NEAR = /(?:(?!expected)[^{}]){0,80}?/.source;

/** What a server refused at each of its paths, so that it is asked there without for a while. */
export class UnknownFields {
  readonly #options: UnknownFieldsOptions;
  /** Until when each is left out, by its path and its name. */
  readonly #until = new Map<string, number>();

  constructor(options: UnknownFieldsOptions) {
    this.#options = options;
  }

  without(path: string, additions: Additions): Additions {
    const now = this.#options.now();
    return but(additions, (addition) => (this.#until.get(`${path} ${addition}`) ?? 0) > now);
  }

  /** @param asked what a request was refused with, @param taken what it was then accepted with */
  learn(path: string, asked: Additions, taken: Additions): void {
    const { now, log } = this.#options;
    for (const addition of ADDITIONS.filter((one) => asked[one] && !taken[one])) {
      this.#until.set(`${path} ${addition}`, now() + WITHOUT_MS);
      log(
        `the server does not know ${NAMES[addition]} in ${path}: for ten minutes it is asked there without. ${LOST[addition]}`,
      );
    }
  }
}

const LOST: Readonly<Record<keyof Additions, string>> = {
  salt: 'Its cache then keeps no conversation apart from others.',
  tokenIds: 'Sessions then have no exact tokens.',
  usage: 'Sessions of its streams then have no exact tokens, and do not say how many were cached.',
};

/** Without what a refusal says the server does not know: then it may take the request. */
export function withoutRefused(additions: Additions, refusal: string): Additions {
  return but(additions, (addition) => {
    const name = `\\b(?:${NAMES[addition]})\\b`;
    return new RegExp(`(?:${UNKNOWN})${NEAR}${name}|${name}${NEAR}(?:${UNKNOWN})`, 'i').test(refusal);
  });
}

const ADDITIONS = ['salt', 'tokenIds', 'usage'] as const satisfies readonly (keyof Additions)[];

function but({ salt, tokenIds, usage }: Additions, isOut: (addition: keyof Additions) => boolean): Additions {
  return {
    salt: salt && !isOut('salt'),
    tokenIds: tokenIds && !isOut('tokenIds'),
    usage: usage && !isOut('usage'),
  };
}

export function isSame(a: Additions, b: Additions): boolean {
  return ADDITIONS.every((addition) => a[addition] === b[addition]);
}
