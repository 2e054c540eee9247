import * as z from 'zod';
import { invalidInput } from '../../core/errors.ts';
import { baseAddress, originOf } from '../../core/vllm/endpoint.ts';

/** What one place says, as it stands there; undefined is what it does not say. */
export interface NamedEndpoints {
  /** `permafrost.vllm.endpoint` */
  readonly endpoint: unknown;
  /** `permafrost.vllm.endpoints`, which counts alone when it is not empty. */
  readonly endpoints: unknown;
}

export interface EndpointValues {
  readonly user: NamedEndpoints;
  /** In a file that comes with what is opened: a folder's `.vscode/settings.json` or a `.code-workspace`. */
  readonly folder: NamedEndpoints;
}

export interface EndpointChoice {
  /** The server's base address. */
  readonly endpoint: string;
  readonly origin: string;
  /** Whether only a file of the folder names this origin, so that the person has to be asked. */
  readonly namedByFolder: boolean;
}

/**
 * The servers to use, in order; empty when none is named. A folder that names some, or none by an empty value, is
 * followed in that instead of the person.
 * @param trusted whether the person trusts the folder; what an untrusted one says does not count
 * @throws PF-1001 when what is written there is no address.
 */
export function chooseEndpoints({ user, folder }: EndpointValues, trusted: boolean): EndpointChoice[] {
  const byUser = addressesIn(user);
  const known = new Set(byUser.map(originOf));
  const named = trusted && saysSomething(folder) ? addressesIn(folder) : byUser;
  return named.map((endpoint) => {
    const origin = originOf(endpoint);
    return { endpoint, origin, namedByFolder: !known.has(origin) };
  });
}

export function saysSomething({ endpoint, endpoints }: NamedEndpoints): boolean {
  return endpoint !== undefined || endpoints !== undefined;
}

const One = z.string().nullish();
const Several = z.array(z.string()).nullish();

function addressesIn({ endpoint, endpoints }: NamedEndpoints): string[] {
  const several = Several.safeParse(endpoints);
  if (!several.success)
    throw invalidInput('permafrost.vllm.endpoints has to be a list of texts, like http://127.0.0.1:8000.');
  const listed = toAddresses(several.data ?? []);
  if (listed.length > 0) return listed;
  const one = One.safeParse(endpoint);
  if (!one.success)
    throw invalidInput('permafrost.vllm.endpoint has to be text, like http://127.0.0.1:8000.');
  return toAddresses([one.data ?? '']);
}

function toAddresses(texts: readonly string[]): string[] {
  const written = texts.map((text) => text.trim()).filter((text) => text !== '');
  return [...new Set(written.map(baseAddress))];
}
