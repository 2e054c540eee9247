import { contextTooLong, hasCode, modelChanged, modelNotServed, unexpectedAnswer } from '../errors.ts';
import type { ServedModel, VllmClient } from '../vllm/client.ts';
import type { Endpoints } from '../vllm/endpoints/endpoints.ts';
import { ifTold } from '../vllm/failure.ts';
import type { ServerMetrics } from '../vllm/serverMetrics.ts';
import type { FrozenWindow } from './window.ts';

/** What a server says of itself. What it does not offer is null. */
export interface ServerState {
  readonly models: readonly ServedModel[];
  readonly version: string | null;
  readonly metrics: ServerMetrics | null;
}

/** Gives the servers to talk to. @throws PF-5001 when none is configured, PF-8004 when none is allowed. */
export type Connect = () => Promise<Endpoints>;

/** The servers, or undefined when none is configured: then windows hold and hand on text. */
export async function connectIfAny(connect: Connect): Promise<Endpoints | undefined> {
  try {
    return await connect();
  } catch (thrown) {
    if (hasCode(thrown, 'PF-5001')) return undefined;
    throw thrown;
  }
}

export async function askServer(client: VllmClient, signal?: AbortSignal): Promise<ServerState> {
  const [models, version, metrics] = await Promise.all([
    client.models(signal),
    ifTold(client.version(signal)),
    ifTold(client.metrics(signal)),
  ]);
  if (models.length === 0) throw unexpectedAnswer(client.endpoint, 'it serves no model');
  return { models, version, metrics };
}

/** The model of that name, or the server's first when nobody said which. @throws PF-7001 when it is not served. */
export function chooseModel(name: string | null, { models }: ServerState): ServedModel {
  const chosen = name === null ? models[0] : models.find(({ id }) => id === name);
  if (chosen === undefined) throw modelNotServed(name ?? '', servedNames(models));
  return chosen;
}

/**
 * The model that a window was frozen on, under its name or under another one.
 * @throws PF-7001 when it is not served, PF-7002 when its name now stands for other weights.
 */
export function sameModel(
  window: FrozenWindow,
  { models }: ServerState,
): { model: ServedModel; reasons: string[] } {
  const root = window.server?.root ?? null;
  const name = window.model ?? models[0]?.id ?? '';
  const named = models.find(({ id }) => id === name);
  if (named !== undefined) {
    if (root === null || named.root === null) return { model: named, reasons: [UNKNOWN_ROOT] };
    if (named.root !== root) throw modelChanged(name, root, named.root);
    return { model: named, reasons: [] };
  }
  const alias = root === null ? undefined : models.find((model) => model.root === root);
  if (alias === undefined) throw modelNotServed(name, servedNames(models));
  return {
    model: alias,
    reasons: [`The model "${name}" is served as "${alias.id}" now, from the same ${root ?? ''}.`],
  };
}

const UNKNOWN_ROOT =
  'Where the weights were loaded from is not known, so only the name of the model was compared.';

/** A server computes a prefix only together with one token more. @throws PF-7003 when there is no room for it. */
export function checkLength(tokens: number, maxModelLen: number | null): void {
  if (maxModelLen === null || tokens < maxModelLen) return;
  throw contextTooLong(
    `The conversation has ${tokens} tokens, and the server takes ${maxModelLen} together with the answer.`,
    tokens + 1,
  );
}

function servedNames(models: readonly ServedModel[]): string[] {
  return models.map(({ id }) => id);
}
