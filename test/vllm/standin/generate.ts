import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { chatDialect, completionDialect, type AnswerContext, type Counted, type Dialect } from './answers.ts';
import { ApiError, badRequest } from './apiError.ts';
import { renderChat, withFieldsAsArguments, type Templated } from './chatTemplate.ts';
import type { Engine, Job, Run, Step } from './engine.ts';
import { commitInStream, type Fault } from './faults.ts';
import type { ChatBody, CompletionBody, SamplingBody } from './requests.ts';
import type { Settings } from './settings.ts';
import { tokenize } from './tokenizer.ts';

/** What answering a request for tokens needs. */
export interface Desk {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
}

export function answerChat(desk: Desk, body: ChatBody): Promise<void> {
  const promptTokenIds = chatTokenIds(withFieldsAsArguments(body), desk.settings);
  checkTools(desk.settings, body);
  const asked = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  return answer(desk, chatDialect, body, promptTokenIds, asked, undefined);
}

export function answerCompletion(desk: Desk, body: CompletionBody): Promise<void> {
  const logprobs = body.logprobs ?? undefined;
  if (logprobs !== undefined && logprobs > 20) {
    const message = `Requested sample logprobs of ${logprobs}, which is greater than max allowed: 20`;
    throw badRequest(message, 'logprobs', logprobs);
  }
  return answer(desk, completionDialect, body, completionTokenIds(body), body.max_tokens ?? 16, logprobs);
}

/** The ids of a conversation, as /tokenize and /v1/chat/completions both make them. */
export function chatTokenIds(body: Templated, { preamble }: Settings): number[] {
  if (body.messages.length === 0) {
    throw badRequest('Cannot apply chat template to an empty conversation. Provide at least one message.');
  }
  return tokenize(renderChat(body, preamble));
}

function completionTokenIds({ prompt }: CompletionBody): readonly number[] {
  if (Array.isArray(prompt) && prompt.length === 0) throw badRequest('You must pass at least one prompt');
  if (Array.isArray(prompt)) return prompt;
  if (prompt) return tokenize(prompt);
  throw badRequest('Either prompt or prompt_embeds must be provided and non-empty.', 'prompt');
}

function checkTools({ autoToolChoice }: Settings, { tools, tool_choice }: ChatBody): void {
  if (autoToolChoice || !tools || tool_choice === 'none') return;
  throw badRequest('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set');
}

async function answer(
  desk: Desk,
  dialect: Dialect,
  body: SamplingBody,
  promptTokenIds: readonly number[],
  asked: number | undefined,
  logprobs: number | undefined,
): Promise<void> {
  const temperature = body.temperature ?? 1;
  if (temperature < 0) {
    const message = `temperature must be non-negative, got ${temperature.toFixed(1)}.`;
    throw badRequest(message, 'temperature', temperature);
  }
  const maxTokens = desk.engine.checkLengths(promptTokenIds.length, asked);
  const job: Job = { promptTokenIds, salt: body.cache_salt ?? undefined, maxTokens };
  const context: AnswerContext = {
    settings: desk.settings,
    id: `${dialect === chatDialect ? 'chatcmpl' : 'cmpl'}-${randomBytes(8).toString('hex')}`,
    created: Math.floor(Date.now() / 1000),
    promptTokenIds,
    returnTokenIds: desk.settings.returnTokenIds && body.return_token_ids === true,
    includeUsage: body.stream_options?.include_usage === true,
    tokensAsIds: body.return_tokens_as_token_ids === true,
    logprobs,
  };
  if (body.stream !== true) return sendWhole(desk, dialect, context, job);
  return sendStream(desk, dialect, context, job);
}

async function sendWhole(desk: Desk, dialect: Dialect, context: AnswerContext, job: Job): Promise<void> {
  const run = desk.engine.start(job, whenLeft(desk.response));
  const steps: Step[] = [];
  for await (const step of run.steps) steps.push(step);
  const body = dialect.whole(context, steps, count(job, run, steps.length));
  desk.response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function sendStream(desk: Desk, dialect: Dialect, context: AnswerContext, job: Job): Promise<void> {
  const { response, fault } = desk;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  let sent = 0;
  for await (const event of streamEvents(desk, dialect, context, job)) {
    if (commitInStream(fault, sent++, response)) return;
    response.write(`data: ${JSON.stringify(event)}\n\n`);
  }
  response.write('data: [DONE]\n\n');
  if (desk.settings.msToEnd > 0) await delay(desk.settings.msToEnd);
  response.end();
}

async function* streamEvents(
  { engine, response }: Desk,
  dialect: Dialect,
  context: AnswerContext,
  job: Job,
): AsyncGenerator {
  let made = 0;
  let run: Run;
  try {
    run = engine.start(job, whenLeft(response));
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    yield thrown.body; // vLLM has sent the head of the stream by then, so the refusal is an event
    return;
  }
  for await (const step of run.steps) {
    const opening = made === 0 ? dialect.opening(context) : undefined;
    if (opening !== undefined) yield opening;
    yield dialect.chunk(context, step, made++);
  }
  if (context.includeUsage) yield dialect.usageChunk(context, count(job, run, made));
}

function count({ promptTokenIds }: Job, { cachedTokens }: Run, completionTokens: number): Counted {
  return { promptTokens: promptTokenIds.length, completionTokens, cachedTokens };
}

/** Fires when the client is gone. */
function whenLeft(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}
