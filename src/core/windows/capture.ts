import { hasCode } from '../errors.ts';
import { blockHashes } from '../vllm/blockHashes.ts';
import type { VllmClient } from '../vllm/client.ts';
import { ifOffered } from '../vllm/failure.ts';
import type { ChatMessage } from '../vllm/requests.ts';
import { closedPrompt, idsByAnswer } from './asking.ts';
import { LMCACHE } from './cacheState.ts';
import type { Template } from './message.ts';
import type { CallClock } from './patience.ts';
import { askServer, checkLength, chooseModel, type ServerState } from './reach.ts';
import { beginsWith } from './tokenIds.ts';
import { warm, type Prefix } from './warm.ts';
import type { ServerFacts } from './window.ts';

/** A conversation that is to be frozen. */
export interface Conversation {
  /** The server's first model when null. */
  readonly model: string | null;
  readonly salt: string;
  readonly messages: readonly ChatMessage[];
  readonly template: Template;
  /** The ids that its last turn had on the server; null when nobody kept them. */
  readonly tokenIds: readonly number[] | null;
}

/** What only the server can tell of a conversation. */
export interface Capture {
  readonly model: string;
  readonly endpoint: string;
  /** Null when the server gives them in no way. */
  readonly tokenIds: readonly number[] | null;
  /** What its template makes of the messages; null when it does not tell. */
  readonly templateTokenIds: readonly number[] | null;
  readonly blockHashes: readonly string[] | null;
  readonly blockCount: number | null;
  readonly server: ServerFacts;
  readonly notes: readonly string[];
}

/**
 * Asks the server for the exact token ids and for all that a thaw is compared with. The probe at its end also
 * warms the server's cache. Messages that are too long for the server are refused (PF-7003); what was had on one is not.
 *
 * Where the ids are not known from a turn, they are those of the messages without a generation prompt: the
 * longest prefix that any next turn has, whoever speaks in it. With one, a conversation that ends with an answer
 * would get the beginning of a second answer, which no next turn has there.
 */
export async function capture(
  client: VllmClient,
  conversation: Conversation,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Capture> {
  const { salt } = conversation;
  const { state, model, templateIds } = await askAbout(client, conversation, clock, signal);
  const known = { model: model.id, endpoint: client.endpoint, templateTokenIds: templateIds?.tokens ?? null };
  const tokenIds = conversation.tokenIds ?? known.templateTokenIds;
  const maxModelLen = model.maxModelLen ?? templateIds?.maxModelLen ?? null;
  const facts = { ...factsOf(state), hashSeed: client.hashSeed ?? null, root: model.root, maxModelLen };
  if (tokenIds === null) return { ...known, ...NO_IDS, server: { ...facts, fingerprint: null, probe: null } };
  const ask = () => probed(client, { model: model.id, tokenIds, salt }, maxModelLen, clock, signal);
  const { notes, ...probe } = await (conversation.tokenIds === null ? ask() : unlessFull(ask()));
  const server = { ...facts, ...probe };
  const hashed = hashBlocks(tokenIds, salt, server);
  return {
    ...known,
    tokenIds,
    blockHashes: hashed.hashes,
    blockCount: server.blockSize === null ? null : Math.floor(tokenIds.length / server.blockSize),
    server,
    notes: [...notes, ...hashed.notes, ...notesOn(conversation, known.templateTokenIds, server, state)],
  };
}

const NO_IDS = {
  tokenIds: null,
  blockHashes: null,
  blockCount: null,
  notes: [
    'The server tells the exact tokens neither by /tokenize nor with an answer (return_token_ids, vLLM 0.10.2 and ' +
      'later), so only the messages were kept, and a thaw hands them on as text.',
  ],
};

/** The server, its model, and what its template makes of the conversation, as far as it tells. */
async function askAbout(
  client: VllmClient,
  conversation: Conversation,
  clock: CallClock,
  signal?: AbortSignal,
) {
  const ask = async (either: AbortSignal) => {
    const state = await askServer(client, either);
    const model = chooseModel(conversation.model, state);
    return {
      state,
      model,
      tokenized: await ifOffered(client.tokenize(closedPrompt(model.id, conversation), either)),
    };
  };
  const what = `Asking the vLLM server at ${client.endpoint}`;
  const { state, model, tokenized } = await clock.questions(what, ask, signal);
  const needed = tokenized === null && conversation.tokenIds === null;
  const templateIds = needed ? await idsByAnswer(client, model.id, conversation, clock, signal) : tokenized;
  return { state, model, templateIds };
}

function factsOf({ version, metrics }: ServerState) {
  const { blockSize = null, hashAlgo = null, enablePrefixCaching = null } = metrics?.cacheConfig ?? {};
  return { version, blockSize, hashAlgo, prefixCaching: enablePrefixCaching };
}

/** What the server said of the token that comes next. */
type Probed = Pick<ServerFacts, 'probe' | 'fingerprint'> & { readonly notes: readonly string[] };

const NO_PROBABILITIES = 'The server tells no log-probabilities by token id, so a thaw cannot compare them.';

/** @throws PF-7003 when the ids leave no room for a token more. */
async function probed(
  client: VllmClient,
  prefix: Prefix,
  maxModelLen: number | null,
  clock: CallClock,
  signal?: AbortSignal,
): Promise<Probed> {
  checkLength(prefix.tokenIds.length, maxModelLen);
  const { probe, fingerprint } = await warm(client, prefix, null, clock, signal);
  return { probe, fingerprint, notes: probe === null ? [NO_PROBABILITIES] : [] };
}

/** A conversation that was had on a server, and fills the window of its model, is kept all the more. */
async function unlessFull(asked: Promise<Probed>): Promise<Probed> {
  try {
    return await asked;
  } catch (thrown) {
    if (!hasCode(thrown, 'PF-7003')) throw thrown;
    const note = `${thrown.message} So the next token could not be asked for, and only a server with a longer --max-model-len can thaw it.`;
    return { probe: null, fingerprint: null, notes: [note] };
  }
}

/** The chain of block hashes, by the seed that was said (no server tells its own) or by none; or why there is no chain. */
function hashBlocks(
  tokenIds: readonly number[],
  salt: string,
  { blockSize, hashAlgo, hashSeed, version }: ServerFacts,
): { hashes: readonly string[] | null; notes: readonly string[] } {
  const without = (why: string) => ({ hashes: null, notes: [`No block hashes were kept: ${why}.`] });
  if (blockSize === null || hashAlgo === null)
    return without('the server does not show vllm:cache_config_info');
  if (hashAlgo !== 'sha256_cbor')
    return without(`the server hashes blocks by ${hashAlgo}, not by sha256_cbor`);
  if (version === null) return without('the server does not tell its version');
  return {
    hashes: blockHashes({ tokenIds, blockSize, version, salt, seed: hashSeed ?? undefined }),
    notes: [],
  };
}

function notesOn(
  { model, tokenIds }: Conversation,
  templateTokenIds: readonly number[] | null,
  { prefixCaching }: ServerFacts,
  { models, metrics }: ServerState,
): string[] {
  const retold = tokenIds !== null && templateTokenIds !== null && !beginsWith(templateTokenIds, tokenIds);
  return [
    ...(model === null && models.length > 1
      ? [`The server serves ${models.length} models; its first was taken.`]
      : []),
    ...(retold
      ? ['The template writes the conversation in other tokens than it had; those it had were kept.']
      : []),
    ...(prefixCaching === false
      ? ['The server keeps no prefix cache (--enable-prefix-caching turns it on).']
      : []),
    ...(metrics?.showsLmcache === true ? [LMCACHE] : []),
  ];
}
