import * as z from 'zod';
import { invalidInput } from '../../core/errors.ts';
import { baseAddress } from '../../core/vllm/endpoint.ts';

/** What the setting `permafrost.vllm.endpoint` says in each place, as it stands there. */
export interface EndpointValues {
  readonly user: unknown;
  /** In a file that comes with what is opened: a folder's `.vscode/settings.json` or a `.code-workspace`. */
  readonly folder: unknown;
}

export interface EndpointChoice {
  /** The server's base address. */
  readonly endpoint: string;
  readonly origin: string;
  /** Whether only a file of the folder names this origin, so that the person has to be asked. */
  readonly namedByFolder: boolean;
}

/**
 * The server to use, or undefined when none is named.
 * @param trusted whether the person trusts the folder; what an untrusted one says does not count
 * @throws PF-1001 when what is written there is no address.
 */
export function chooseEndpoint(values: EndpointValues, trusted: boolean): EndpointChoice | undefined {
  const user = addressIn(values.user);
  if (!trusted || values.folder === undefined) return user === undefined ? undefined : choiceOf(user, false);
  const folder = addressIn(values.folder);
  if (folder === undefined) return undefined;
  return choiceOf(folder, user === undefined || originOf(user) !== originOf(folder));
}

function choiceOf(endpoint: string, namedByFolder: boolean): EndpointChoice {
  return { endpoint, origin: originOf(endpoint), namedByFolder };
}

function originOf(endpoint: string): string {
  return new URL(endpoint).origin;
}

const Value = z.string().nullish();

function addressIn(value: unknown): string | undefined {
  const text = Value.safeParse(value);
  if (!text.success)
    throw invalidInput('permafrost.vllm.endpoint has to be text, like http://127.0.0.1:8000.');
  const trimmed = text.data?.trim() ?? '';
  return trimmed === '' ? undefined : baseAddress(trimmed);
}
