import { brokenOff, unexpectedAnswer } from '../errors.ts';
import { failureChunk, generationChunk, type GenerationChunk } from './answers.ts';
import { Deadline } from './deadline.ts';
import { refusalError } from './failure.ts';
import { GenerationBuilder, type GenerationEvent } from './generation.ts';
import type { FetchedResponse, Http, Request } from './http.ts';
import { Passing } from './retry.ts';
import { ServerEvents } from './serverEvents.ts';

const END = '[DONE]';

/**
 * One streamed generation: pieces of text, then the whole. Limits are those of `http`: a wait for the first token
 * (retries of what may pass included), then for each further one. The time that the reader of these events takes
 * does not count.
 */
export async function* streamGeneration(
  http: Http,
  request: Request,
  signal?: AbortSignal,
): AsyncGenerator<GenerationEvent> {
  const what = `Waiting for the first token from ${http.endpoint}${request.path}`;
  const deadline = new Deadline(what, http.limits.firstToken, signal);
  try {
    const startedAt = performance.now();
    const response = await http.open(request, deadline);
    yield* readGeneration(http, request, response, new GenerationBuilder(startedAt), deadline);
  } finally {
    deadline.close();
  }
}

async function* readGeneration(
  http: Http,
  request: Request,
  response: FetchedResponse,
  builder: GenerationBuilder,
  deadline: Deadline,
): AsyncGenerator<GenerationEvent> {
  const events = await openEvents(http, request, response);
  let ended = false;
  try {
    while (!ended) {
      if (builder.begun) deadline.restart(`The next token from ${http.endpoint}`, http.limits.idle);
      const datas = await nextEvents(http, events, deadline);
      ended = datas.includes(END);
      const fresh = datas
        .filter((data) => data !== END)
        .flatMap((data) => builder.add(parseChunk(http, request, data)));
      if (builder.begun) deadline.pause();
      yield* fresh;
    }
  } finally {
    // A failed stream rejects here with the failure that is on its way up already; after the last event none counts.
    await (ended ? events.finish() : events.close()).catch(() => undefined);
  }
  const { usage, ...told } = builder.build();
  if (usage === null) throw unexpectedAnswer(http.endpoint, 'its stream has no count of tokens');
  yield { kind: 'done', generation: { ...told, usage } };
}

async function openEvents(
  { endpoint }: Http,
  { path }: Request,
  { headers, body }: FetchedResponse,
): Promise<ServerEvents> {
  const type = headers.get('content-type') ?? 'no content type';
  if (body !== null && type.startsWith('text/event-stream')) return new ServerEvents(body);
  await body?.cancel();
  throw unexpectedAnswer(endpoint, `it sent ${type} for ${path} instead of a stream of events`);
}

async function nextEvents(http: Http, events: ServerEvents, deadline: Deadline): Promise<readonly string[]> {
  let datas;
  try {
    datas = await deadline.race(events.next());
  } catch (thrown) {
    deadline.signal.throwIfAborted();
    throw brokenOff(http.endpoint, thrown);
  }
  if (datas === undefined) throw brokenOff(http.endpoint);
  return datas;
}

function parseChunk({ endpoint }: Http, { path }: Request, data: string): GenerationChunk {
  const value = parseJson(endpoint, path, data);
  const chunk = generationChunk.safeParse(value);
  if (chunk.success) return chunk.data;
  const failure = failureChunk.safeParse(value);
  if (!failure.success) throw unexpectedAnswer(endpoint, `an event of ${path} has another form`, chunk.error);
  const status = Math.max(failure.data.error.code ?? 500, 400);
  const hadKey = true; // the stream has begun, so none was missing
  const refusal = { endpoint, path, status, headers: new Headers(), body: data, hadKey };
  const error = refusalError(refusal);
  throw error instanceof Passing ? error.error : error; // the stream has begun: no retry
}

function parseJson(endpoint: string, path: string, data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw unexpectedAnswer(endpoint, `an event of ${path} is not JSON`, cause);
  }
}
