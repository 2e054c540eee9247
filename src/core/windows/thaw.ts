import type { ServedModel, VllmClient } from '../vllm/client.ts';
import { ifOffered } from '../vllm/failure.ts';
import { cacheReasons, cacheStateOf } from './cacheState.ts';
import { closedPrompt } from './asking.ts';
import { prepareContinuation, type Continuation } from './continuation.ts';
import { describeDrift, findDrift, type Drift } from './drift.ts';
import type { FreezeWorkshop } from './freeze.ts';
import type { CallClock } from './patience.ts';
import { probeDistance, probesAgree } from './probe.ts';
import { askServer, checkLength, sameModel, type ServerState } from './reach.ts';
import { answerIfAsked, replyOf } from './reply.ts';
import { namesOf, NOTHING_SEEN } from './thawed.ts';
import { openSession } from './thawedSession.ts';
import type { CacheState, Thawed, ThawOptions, ThawStatus } from './thawed.ts';
import { holdersOf } from './routing.ts';
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
  /** What the template makes of the messages now; null when the server does not tell. */
  readonly currentIds: readonly number[] | null;
  readonly drift: Drift | undefined;
  /** The prompt of the question that is asked; undefined without one, or when the server does not tell its ids. */
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
  const tokenized = await ifOffered(client.tokenize(closedPrompt(model.id, window), signal));
  const currentIds = tokenized?.tokens ?? null;
  checkLength(tokenIds.length, model.maxModelLen ?? tokenized?.maxModelLen ?? null);
  const known = { window, tokenIds, client, model, state, currentIds, reasons };
  const nothing = { ...known, drift: undefined, continuation: undefined };
  if (currentIds === null) return nothing;
  const { templateTokenIds } = window;
  const drift =
    templateTokenIds === null
      ? undefined
      : await findDrift(client, model.id, window, templateTokenIds, currentIds, signal);
  if (continueWith === undefined || (drift !== undefined && force !== true)) return { ...nothing, drift };
  const asked = { text: continueWith, replyTokens };
  const exact = { tokenIds, currentIds };
  return {
    ...known,
    drift,
    continuation: await prepareContinuation(client, model, window, exact, asked, signal),
  };
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
  options: ThawOptions,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Thawed> {
  const { window, client, model, state, tokenIds, drift } = examined;
  const prefix = { model: model.id, tokenIds, salt: window.salt };
  const warmth = await warm(client, prefix, state.metrics, clock, signal);
  const cache = cacheStateOf(warmth, window, state);
  const reply = await answerIfAsked(examined, options, clock, signal);
  const doubts = doubtsOf(examined, warmth);
  const holders = holdersOf(workshop.store, window.salt);
  const place = { window, endpoint: client.endpoint, server: state, holders };
  return {
    ...cache,
    ...namesOf(window),
    status: statusOf(doubts, cache),
    model: model.id,
    endpoint: client.endpoint,
    reasons: [
      ...examined.reasons, ...doubts, ...warmth.report.reasons, ...cacheReasons(warmth, cache, place),
      ...(reply?.reasons ?? []),
    ], // prettier-ignore
    drift: drift ?? null,
    sessionId: openSession(workshop, window, {
      model: model.id,
      endpoint: client.endpoint,
      answered: reply?.turn,
      seen: cache,
    }),
    reply: reply === undefined ? null : replyOf(reply.generation),
    messages: reply?.turn.messages ?? window.messages,
  };
}

const UNCHECKED =
  'The server has no /tokenize, so whether its template still makes these tokens of the conversation is not known.';

/** What keeps a thaw from being verified, whatever the cache had. */
function doubtsOf({ window, tokenIds, currentIds, drift }: Case, { probe }: Warmth): string[] {
  const frozen = window.server?.probe ?? null;
  const compared = frozen !== null && probe !== null;
  const unknown =
    currentIds !== null && window.templateTokenIds === null && !beginsWith(currentIds, tokenIds);
  return [
    ...(currentIds === null ? [UNCHECKED] : []),
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
