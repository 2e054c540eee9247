import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { brokenOff, PermafrostError } from '../../core/errors.ts';
import { GenerationBuilder } from '../../core/vllm/generation.ts';
import { generationChunk } from '../../core/vllm/answers.ts';
import { turnOf } from '../../core/windows/answered.ts';
import type { Turn } from '../../core/windows/session.ts';
import { newSalt } from '../../core/vllm/salt.ts';
import { sendApiError } from './apiError.ts';
import { CHAT_BYTES, jsonIn, readUpTo, tooLargeToRecord } from './bodies.ts';
import {
  additionsFor,
  withAdditions,
  type Additions,
  type Asked,
  type ChatRequest,
  type PromptRequest,
} from './chatRequest.ts';
import type { ClientSalts } from './clientSalts.ts';
import { passBody, passOn } from './passing.ts';
import type { Recorder } from './recorder.ts';
import { EVENT_BYTES, StreamedAnswer } from './streamedAnswer.ts';
import { isSame, withoutRefused, type UnknownFields } from './unknownFields.ts';
import { pathOf, type RequestHead, type Upstream } from './upstream.ts';
import { asOneChunk, withoutIds } from './wholeAnswer.ts';

export interface ChatDesk {
  readonly upstream: Upstream;
  readonly recorder: Recorder;
  readonly log: (line: string) => void;
  /** What the server was seen not to know. */
  readonly unknown: UnknownFields;
  readonly salts: ClientSalts;
}

/** Passes a chat on and its answer back, and keeps the turn once the client has it. */
export async function exchangeChat(
  desk: ChatDesk,
  request: RequestHead,
  chat: ChatRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { asked } = chat;
  const salt = asked === undefined ? newSalt() : desk.recorder.saltFor(asked);
  const { answer, added, refusal } = await ask(desk, request, chat.text, salt, additionsFor(chat), signal);
  if (refusal !== undefined) return void (await passBody(answer, response, refusal));
  if (answer.statusCode !== 200 || asked === undefined || isEncoded(answer))
    return void (await passOn(answer, response));
  const turn = isStream(answer)
    ? await passStream(desk, answer, response, asked, added)
    : await passWhole(desk, answer, response, asked, added);
  if (turn === undefined) return;
  const kept = chat.hasOneAnswer ? turn : { messages: asked.messages };
  // A salt that the server has not seen is none: a thaw would look for the conversation under it.
  desk.recorder.record(asked, added.salt || chat.client.salt ? salt : '', kept);
}

/** Passes on what is no chat, under a salt that keeps what the server caches of it apart from other clients' prompts. */
export async function exchangePrompt(
  desk: ChatDesk,
  request: RequestHead,
  { text, client }: PromptRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { answer, refusal } = await ask(desk, request, text, desk.salts.of(client), SALT_ALONE, signal);
  await (refusal === undefined ? passOn(answer, response) : passBody(answer, response, refusal));
}

const SALT_ALONE: Additions = { salt: true, tokenIds: false, usage: false };

interface Reply {
  readonly answer: IncomingMessage;
  readonly added: Additions;
  /** The body of a refusal, when it was read. */
  readonly refusal?: Buffer | Readable;
}

/** Asks with what is to be added; as often as the server refuses some of just that, once more without. */
async function ask(
  { upstream, unknown }: ChatDesk,
  request: RequestHead,
  text: string,
  salt: string,
  additions: Additions,
  signal: AbortSignal,
): Promise<Reply> {
  const path = pathOf(request);
  const first = unknown.without(path, additions);
  for (let added = first; ;) {
    const answer = await upstream.send({ ...request, body: withAdditions(text, salt, added) }, signal);
    if (answer.statusCode === 200) unknown.learn(path, first, added);
    if (answer.statusCode !== 400 && answer.statusCode !== 422) return { answer, added };
    const refusal = await readUpTo(answer, CHAT_BYTES);
    const taken = Buffer.isBuffer(refusal) ? withoutRefused(added, refusal.toString('latin1')) : added;
    if (isSame(added, taken)) return { answer, added, refusal };
    added = taken;
  }
}

/** An answer that breaks off is kept up to its question: half an answer is no answer. */
async function passWhole(
  { log, upstream }: ChatDesk,
  answer: IncomingMessage,
  response: ServerResponse,
  { messages }: Asked,
  { tokenIds }: Additions,
): Promise<Turn | undefined> {
  const body = await readUpTo(answer, CHAT_BYTES).catch((cause: unknown) =>
    brokenOff(upstream.endpoint, cause),
  );
  if (body instanceof PermafrostError) {
    // When it is the client that has left, nothing failed.
    if (!response.destroyed) log(`a request failed: ${body.sentence}`);
    sendApiError(response, 502, body);
    return { messages };
  }
  if (!Buffer.isBuffer(body)) {
    log(tooLargeToRecord('its answer'));
    return void (await passBody(answer, response, body));
  }
  const json = jsonIn(body);
  if (json === undefined) return void (await passBody(answer, response, body));
  const shown = tokenIds ? Buffer.from(withoutIds(body.toString('latin1')), 'latin1') : body;
  await passBody(answer, response, shown);
  const chunk = asOneChunk(json);
  if (chunk === undefined) return undefined;
  const builder = new GenerationBuilder(0);
  builder.add(chunk);
  return turnIn(messages, builder);
}

/** As above, a stream that breaks off, or whose client leaves, is kept up to its question. */
async function passStream(
  { log }: ChatDesk,
  answer: IncomingMessage,
  response: ServerResponse,
  { messages }: Asked,
  added: Additions,
): Promise<Turn | undefined> {
  const builder = new GenerationBuilder(0);
  let isWhole = true;
  const stream = new StreamedAnswer(added, (value) => {
    const chunk = generationChunk.safeParse(value);
    if (chunk.success) builder.add(chunk.data);
    else isWhole = false;
  });
  const edited = async function* (bytes: AsyncIterable<Buffer>) {
    for await (const chunk of bytes) {
      const shown = stream.take(chunk);
      if (shown.length > 0) yield shown;
    }
    yield stream.end();
  };
  const arrived = await passOn(answer, response, edited);
  if (stream.isLost)
    log(
      `only the question of a turn was recorded: an event of its answer has more than ${EVENT_BYTES / 2 ** 20} MB`,
    );
  return arrived && isWhole ? turnIn(messages, builder) : { messages };
}

function turnIn(asked: Asked['messages'], builder: GenerationBuilder): Turn {
  const generation = builder.build();
  const isDone = generation !== undefined && generation.finishReason !== null;
  return isDone ? turnOf(asked, generation) : { messages: asked };
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('text/event-stream') === true;
}

/** What somebody between here and the server has compressed, though nobody asked for it. */
function isEncoded({ headers }: IncomingMessage): boolean {
  return (headers['content-encoding'] ?? 'identity') !== 'identity';
}
