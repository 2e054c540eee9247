import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { brokenOff, PermafrostError } from '../../core/errors.ts';
import { generationChunk } from '../../core/vllm/answers.ts';
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
import { HeardAnswer } from './heardAnswer.ts';
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
  const { salt, end } = asked === undefined ? { salt: newSalt() } : desk.recorder.begin(asked);
  try {
    const reply = await ask(desk, request, chat.text, salt, additionsFor(chat), signal);
    const turn = await passReply(desk, reply, response, asked);
    if (asked === undefined || turn === undefined) return;
    const kept = chat.hasOneAnswer ? turn : { messages: asked.messages };
    // A salt that the server has not seen is none: a thaw would look for the conversation under it.
    desk.recorder.record(asked, reply.added.salt || chat.client.salt ? salt : '', kept);
  } finally {
    end?.();
  }
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
  if (answer === undefined) return;
  await (refusal === undefined ? passOn(answer, response) : passBody(answer, response, refusal));
}

const SALT_ALONE: Additions = { salt: true, tokenIds: false, usage: false };

interface Reply {
  /** Undefined when the client left before there was one. */
  readonly answer: IncomingMessage | undefined;
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
    const body = withAdditions(text, salt, added);
    const answer = await upstream.send({ ...request, body }, signal).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
      return undefined;
    });
    if (answer === undefined) return { answer, added };
    if (answer.statusCode === 200) unknown.learn(path, first, added);
    if (answer.statusCode !== 400 && answer.statusCode !== 422) return { answer, added };
    const refusal = await readUpTo(answer, CHAT_BYTES).catch((cause: unknown) => {
      throw brokenOff(upstream.endpoint, cause);
    });
    const taken = Buffer.isBuffer(refusal) ? withoutRefused(added, refusal.toString('latin1')) : added;
    if (isSame(added, taken)) return { answer, added, refusal };
    added = taken;
  }
}

/** Gives the turn, where there is one to keep; up to its question when the client leaves before it has its answer. */
async function passReply(
  desk: ChatDesk,
  { answer, added, refusal }: Reply,
  response: ServerResponse,
  asked: Asked | undefined,
): Promise<Turn | undefined> {
  if (answer === undefined) return asked && { messages: asked.messages };
  if (refusal !== undefined) return void (await passBody(answer, response, refusal));
  if (answer.statusCode !== 200 || asked === undefined || isEncoded(answer))
    return void (await passOn(answer, response));
  const pass = isStream(answer) ? passStream : passWhole;
  return pass(desk, answer, response, asked, added);
}

/** An answer that breaks off is kept up to its question. */
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
  const hasArrived = await passBody(answer, response, shown);
  const chunk = asOneChunk(json);
  if (chunk === undefined) return undefined;
  const heard = new HeardAnswer(log);
  heard.add(chunk);
  return hasArrived ? heard.turn(messages) : { messages };
}

/** As above. */
async function passStream(
  { log }: ChatDesk,
  answer: IncomingMessage,
  response: ServerResponse,
  { messages }: Asked,
  added: Additions,
): Promise<Turn | undefined> {
  const heard = new HeardAnswer(log);
  const stream = new StreamedAnswer(added, (chunk) => heard.add(generationChunk.safeParse(chunk).data));
  const edited = async function* (bytes: AsyncIterable<Buffer>) {
    for await (const chunk of bytes) {
      const shown = stream.take(chunk);
      if (shown.length > 0) yield shown;
    }
    yield stream.end();
  };
  const hasArrived = await passOn(answer, response, edited);
  if (stream.isLost)
    log(
      `only the question of a turn was recorded: an event of its answer has more than ${EVENT_BYTES / 2 ** 20} MB`,
    );
  return hasArrived ? heard.turn(messages) : { messages };
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('text/event-stream') === true;
}

/** What somebody between here and the server has compressed, though nobody asked for it. */
function isEncoded({ headers }: IncomingMessage): boolean {
  return (headers['content-encoding'] ?? 'identity') !== 'identity';
}
