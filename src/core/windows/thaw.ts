import type { ServedModel, VllmClient } from '../vllm/client.ts';
import type { Generation } from '../vllm/generation.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { cacheReasons, cacheStateOf } from './cacheState.ts';
import { checkLength, closedPrompt } from './capture.ts';
import { answer, prepareContinuation, type Continuation } from './continuation.ts';
import { describeDrift, findDrift, type Drift } from './drift.ts';
import type { FreezeWorkshop } from './freeze.ts';
import type { CallClock } from './patience.ts';
import { probeDistance, probesAgree } from './probe.ts';
import { askServer, sameModel, type ServerState } from './reach.ts';
import { idsAfter, openSession, replyOf } from './goOn.ts';
import { namesOf, NOTHING_SEEN } from './thawed.ts';
import type { CacheState, Thawed, ThawOptions, ThawStatus } from './thawed.ts';
import { thawAsText } from './thawAsText.ts';
import { beginsWith } from './tokenIds.ts';
import { warm, type Warmth } from './warm.ts';
import type { FrozenWindow } from './window.ts';

/** An exact window, and the server that is to have it. */
interface Case {
  readonly window: FrozenWindow;
  readonly tokenIds: readonly number[];
  readonly client: VllmClient;
  readonly model: ServedModel;
  readonly state: ServerState;
  readonly currentIds: readonly number[];
  readonly drift: Drift | undefined;
  readonly continuation: Continuation | undefined;
  readonly reasons: readonly string[];
}

/**
 * Thaws a window: checks the server, its model, the length and the template, then has the exact ids computed under
 * the same salt, and says what the server said. Without a server or ids, the messages are handed on as text.
 * @throws PF-7001 to PF-7003 when the server's model is another or too short, and what its client throws; the window
 * stays as it was.
 */
export async function thaw(
  workshop: FreezeWorkshop,
  client: VllmClient | undefined,
  window: FrozenWindow,
  options: ThawOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Thawed> {
  const { tokenIds } = window;
  if (client === undefined || tokenIds === null) {
    return thawAsText(workshop, client, window, options, clock, signal);
  }
  const what = `Asking the vLLM server at ${client.endpoint}`;
  const examined = await clock.questions(
    what,
    (either) => examine(client, window, tokenIds, options, either),
    signal,
  );
  if (examined.drift !== undefined && options.force !== true) return refused(examined, examined.drift);
  return restore(workshop, examined, options, clock, signal);
}

/** All checks that need no computing by the server. */
async function examine(
  client: VllmClient,
  window: FrozenWindow,
  tokenIds: readonly number[],
  { continueWith, replyTokens, force }: ThawOptions,
  signal: AbortSignal,
): Promise<Case> {
  const state = await askServer(client, signal);
  const { model, reasons } = sameModel(window, state);
  const { tokens: currentIds, maxModelLen } = await client.tokenize(closedPrompt(model.id, window), signal);
  checkLength(tokenIds.length, model.maxModelLen ?? maxModelLen);
  const { templateTokenIds } = window;
  const drift =
    templateTokenIds === null
      ? undefined
      : await findDrift(client, model.id, window, templateTokenIds, currentIds, signal);
  const goesOn = continueWith !== undefined && (drift === undefined || force === true);
  const asked = { text: continueWith ?? '', replyTokens };
  const continuation = goesOn
    ? await prepareContinuation(client, model, window, { tokenIds, currentIds }, asked, signal)
    : undefined;
  return { window, tokenIds, client, model, state, currentIds, drift, continuation, reasons };
}

function refused({ window, client, model, reasons }: Case, drift: Drift): Thawed {
  return {
    ...NOTHING_SEEN,
    ...namesOf(window),
    promptTokens: window.promptTokens,
    status: 'drifted',
    model: model.id,
    endpoint: client.endpoint,
    reasons: [
      ...reasons,
      `${describeDrift(drift)} Nothing was sent; force: true thaws the exact tokens as they were.`,
    ],
    drift,
    sessionId: null,
    reply: null,
    messages: window.messages,
  };
}

async function restore(
  workshop: FreezeWorkshop,
  examined: Case,
  { onEvent }: ThawOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Thawed> {
  const { window, client, model, state, tokenIds, continuation, drift } = examined;
  const prefix = { model: model.id, tokenIds, salt: window.salt };
  const warmth = await warm(client, prefix, state.metrics, clock, signal);
  const cache = cacheStateOf(warmth, window, state);
  const generation =
    continuation === undefined
      ? undefined
      : await answer(client, prefix, continuation, clock, onEvent, signal);
  const doubts = doubtsOf(examined, warmth);
  const messages = messagesAfter(window, continuation, generation);
  return {
    ...cache,
    ...namesOf(window),
    status: statusOf(doubts, cache),
    model: model.id,
    endpoint: client.endpoint,
    reasons: [
      ...examined.reasons, ...doubts, ...warmth.report.reasons, ...cacheReasons(cache, window, state),
      ...(continuation?.reasons ?? []),
    ], // prettier-ignore
    drift: drift ?? null,
    sessionId: goOn(workshop, examined, messages, generation, cache),
    reply: generation === undefined ? null : replyOf(generation),
    messages,
  };
}

/** What keeps a thaw from being verified, whatever the cache had. */
function doubtsOf({ window, tokenIds, currentIds, drift }: Case, { probe }: Warmth): string[] {
  const frozen = window.server?.probe ?? null;
  const compared = frozen !== null && probe !== null;
  const unknown = window.templateTokenIds === null && !beginsWith(currentIds, tokenIds);
  return [
    ...(drift === undefined
      ? []
      : [`${describeDrift(drift)} The exact tokens were sent as they were, since force was set.`]),
    ...(unknown
      ? ["The server's template writes the conversation in other tokens than it had; those it had were sent."]
      : []),
    ...(compared ? [] : ['The probabilities of the next token could not be compared.']),
    ...(compared && !probesAgree(frozen, probe) ? [disagreement(probeDistance(frozen, probe))] : []),
  ];
}

function disagreement(distance: number): string {
  return (
    `The next token's log-probabilities are up to ${distance.toFixed(2)} away from what they were: the weights, their ` +
    'precision or what the cache holds are not the same.'
  );
}

/** A restoration is claimed only when the cache was seen to have something of it. */
function statusOf(doubts: readonly string[], { cachedTokens, blocksExpected }: CacheState): ThawStatus {
  const seen = cachedTokens !== null && (cachedTokens > 0 || blocksExpected === 0);
  return doubts.length === 0 && seen ? 'verified' : 'token_exact';
}

function messagesAfter(
  window: FrozenWindow,
  continuation: Continuation | undefined,
  generation: Generation | undefined,
): readonly ChatMessage[] {
  if (continuation === undefined || generation === undefined) return window.messages;
  return [...continuation.messages, { role: 'assistant', content: generation.text }];
}

function goOn(
  workshop: FreezeWorkshop,
  { window, client, model, tokenIds, continuation }: Case,
  messages: readonly ChatMessage[],
  generation: Generation | undefined,
  { promptTokens, cachedTokens }: CacheState,
): string {
  const usage = generation?.usage ?? { promptTokens: promptTokens ?? undefined, cachedTokens };
  return openSession(workshop, window, {
    model: model.id,
    endpoint: client.endpoint,
    turn: { messages, tokenIds: idsAfter(continuation?.tokenIds ?? tokenIds, generation), ...usage },
  });
}
