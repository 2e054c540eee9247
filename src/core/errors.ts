/**
 * Every failure that Permafrost expects, each made by one factory. The code is stable; the first digit says
 * the kind: 1 input, 2 not found, 3 state or conflict, 4 storage, 5 vLLM connection, 6 timeout,
 * 7 model or cache mismatch, 8 limit or permission, 9 internal.
 */
export type ErrorCode = `PF-${number}`;

export interface ErrorFacts {
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable?: boolean;
  /** Milliseconds to wait before calling again. */
  readonly retryAfterMs?: number;
  /** What to do next. */
  readonly hint?: string;
  /** The version a memory has now, on a version conflict. */
  readonly currentVersion?: number;
  readonly cause?: unknown;
}

export interface ErrorAnswer {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly hint?: string;
  readonly currentVersion?: number;
}

/** An expected failure: a code, a message for the reader's next step, and what helps to take it. */
export class PermafrostError extends Error {
  override readonly name = 'PermafrostError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined);
    this.code = code;
    this.facts = facts;
  }

  /** The error in one line: its code, what was wrong and what to do. */
  get sentence(): string {
    const { hint } = this.facts;
    return `${this.code}: ${this.message}${hint === undefined ? '' : ` ${hint}`}`;
  }

  /** The error as data, as tools answer it (the cause stays in the log). */
  toAnswer(): ErrorAnswer {
    const { retryable = false, cause: _, ...rest } = this.facts;
    return { code: this.code, message: this.message, retryable, ...rest };
  }
}

/** Whether `thrown` is an expected failure of that code, or, for `PF-4` say, of that kind. */
export function hasCode(thrown: unknown, code: ErrorCode): thrown is PermafrostError {
  return thrown instanceof PermafrostError && thrown.code.startsWith(code);
}

/** Turns whatever was thrown into a PermafrostError; what was not expected becomes PF-9001. */
export function asPermafrostError(thrown: unknown): PermafrostError {
  if (thrown instanceof PermafrostError) return thrown;
  return internal(thrown);
}

/** The errno code (`ENOENT`, `EEXIST`) of a file operation that failed, if `thrown` is one. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' && /^E(?!RR_)[A-Z0-9]+$/.test(thrown.code) ? thrown.code : undefined;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** What a server said, as a sentence that another one can follow. */
function sentenceOf(said: string): string {
  return /[.!?]$/.test(said) ? said : `${said}.`;
}

// 1: input

export const invalidInput = (message: string, hint?: string) =>
  new PermafrostError('PF-1001', message, hint === undefined ? {} : { hint });

export const unknownTool = (name: string, known: readonly string[]) =>
  new PermafrostError('PF-1002', `There is no tool named "${name}".`, {
    hint: `Tools: ${known.join(', ')}.`,
  });

// 2: not found

export const memoryNotFound = (id: string) =>
  new PermafrostError('PF-2001', `There is no memory with the id "${id}".`, {
    hint: 'Find its id with memory_search or memory_list.',
  });

export const memoryVersionNotFound = (id: string, version: number) =>
  new PermafrostError('PF-2002', `The memory "${id}" has no version ${version}.`, {
    hint: 'memory_read with include: ["history"] lists the versions that are kept.',
  });

export const windowNotFound = (idOrName: string) =>
  new PermafrostError('PF-2003', `There is no frozen window "${idOrName}".`, {
    hint: 'window_list shows the windows of this context.',
  });

export const sessionNotFound = (id: string) =>
  new PermafrostError('PF-2004', `There is no session with the id "${id}".`, {
    hint: 'session_list shows the sessions; window_freeze also takes messages without a session.',
  });

// 3: state or conflict

export const versionConflict = (id: string, expected: number, currentVersion: number) =>
  new PermafrostError(
    'PF-3001',
    `The memory "${id}" is at version ${currentVersion}, not ${expected}: somebody changed it meanwhile.`,
    { currentVersion, hint: 'Read it again, apply your change to what it says now, and send that version.' },
  );

export const nameTaken = (name: string) =>
  new PermafrostError('PF-3002', `A frozen window named "${name}" exists already.`, {
    hint: 'Choose another name, or delete that window first.',
  });

export const wrongState = (message: string, hint: string) =>
  new PermafrostError('PF-3003', message, { hint });

export const ambiguousContext = (name: string) =>
  new PermafrostError('PF-3004', `More than one context is named "${name}".`, {
    hint: 'Use the id from context_list.',
  });

const CLONES_NAMED = 10;

export const hasClones = (
  name: string,
  clones: readonly { readonly id: string; readonly name: string }[],
) => {
  const named = clones.slice(0, CLONES_NAMED).map((clone) => `"${clone.name}" (${clone.id})`);
  const more = clones.length > named.length ? ` and ${clones.length - named.length} more` : '';
  return new PermafrostError(
    'PF-3005',
    `The window "${name}" has clones, which share its content: ${named.join(', ')}${more}. Nothing was deleted.`,
    { hint: 'Delete it with cascade: true to delete them too.' },
  );
};

// 4: storage

export const directoryMissing = (directory: string, from: string) =>
  new PermafrostError('PF-4001', `The directory "${directory}" (from ${from}) does not exist.`, {
    hint: `Create it, or change ${from}. Permafrost does not fall back to another place.`,
  });

export const directoryUnusable = (directory: string, cause: unknown) =>
  new PermafrostError('PF-4002', `The directory "${directory}" cannot be used: ${reasonOf(cause)}.`, {
    hint: 'Check that it is a directory and that this user may read and write it.',
    cause,
  });

export const corruptFile = (path: string, what: string) =>
  new PermafrostError('PF-4003', `The file "${path}" is damaged: ${what}.`, {
    hint: 'Put the file back from a copy of the directory, then try again. Nothing was deleted.',
  });

/** @param cause what is wrong with which of its files */
export const memoryDamaged = (id: string, cause: PermafrostError) =>
  new PermafrostError('PF-4003', `The content of the memory "${id}" cannot be read. ${cause.message}`, {
    hint: 'Put the file back from a copy of the directory, or give the memory its content again with memory_update. Other memories can be read without this one.',
    cause,
  });

export const newerFormat = (path: string, found: number, known: number) =>
  new PermafrostError(
    'PF-4004',
    `"${path}" was written by a newer Permafrost (format ${found}, this one knows ${known}).`,
    { hint: 'Update Permafrost, or reload the window to finish an update. Nothing was changed.' },
  );

export const writeFailed = (path: string, cause: unknown) =>
  new PermafrostError('PF-4005', `Nothing was saved: writing "${path}" failed (${reasonOf(cause)}).`, {
    retryable: true,
    hint: 'Check free space and permissions of the directory, then try again.',
    cause,
  });

export const noHardLinks = (directory: string, cause: unknown) =>
  new PermafrostError('PF-4006', `The file system of "${directory}" has no hard links, which commits need.`, {
    hint: 'Name a directory on a local disk: permafrost.storage.directory in the editor, --context or PERMAFROST_HOME for the MCP server.',
    cause,
  });

export const contextDamaged = (problems: readonly string[]) =>
  new PermafrostError(
    'PF-4007',
    `This context is read-only because its log is damaged: ${problems.join('; ')}.`,
    {
      hint: 'Put the named files back from a copy of the directory: that is seen within seconds. Nothing was deleted.',
    },
  );

export const contextGone = (directory: string) =>
  new PermafrostError('PF-4008', `The context's directory "${directory}" is gone.`, {
    hint: 'Put it back from a copy. To begin an empty context instead, remove the entry of the folder in registry/ of ~/.permafrost (or PERMAFROST_HOME).',
  });

export const writeUncertain = (path: string, cause: unknown) =>
  new PermafrostError('PF-4009', `It is not sure that "${path}" was saved: ${reasonOf(cause)}.`, {
    hint: 'Read again to see whether the change is there before you repeat it, and check the disk.',
    cause,
  });

export const needsNewerNode = (path: string) =>
  new PermafrostError(
    'PF-4011',
    `"${path}" is compressed in a way that Node ${process.versions.node} cannot read.`,
    {
      hint: 'Run Permafrost with Node 22.15 or newer. Nothing was changed.',
    },
  );

export const migrationFailed = (directory: string, from: number, to: number, cause: unknown) =>
  new PermafrostError(
    'PF-4010',
    `The context in "${directory}" is read-only: it cannot be brought from version ${from} of the schema to ${to} (${reasonOf(cause)}).`,
    {
      hint: 'It is as it was before. Use the Permafrost that wrote it until this is mended, and report it.',
      cause,
    },
  );

// 5: vLLM connection

export const noEndpoint = () =>
  new PermafrostError('PF-5001', 'No vLLM endpoint is configured.', {
    hint: 'Set permafrost.vllm.endpoint, or start the MCP server with --vllm URL.',
  });

export const endpointUnreachable = (endpoint: string, cause: unknown) =>
  new PermafrostError('PF-5002', `The vLLM server at ${endpoint} cannot be reached: ${reasonOf(cause)}.`, {
    retryable: true,
    hint: 'Check that it is running and that permafrost.vllm.endpoint, or --vllm, names it.',
    cause,
  });

export const portBlocked = (endpoint: string, cause: unknown) =>
  new PermafrostError(
    'PF-5002',
    `The vLLM server at ${endpoint} cannot be reached: fetch blocks this port, by its standard, whatever listens there.`,
    { hint: 'Have the server listen on another port, such as --port 8000, and name that one.', cause },
  );

export const unexpectedAnswer = (endpoint: string, what: string, cause?: unknown) =>
  new PermafrostError('PF-5003', `The server at ${endpoint} did not answer as vLLM does: ${what}.`, {
    hint: 'Check that permafrost.vllm.endpoint is the base address of a vLLM server.',
    cause,
  });

export const serverFailed = (
  endpoint: string,
  status: number,
  message: string,
  { retryAfterMs, cause }: Pick<ErrorFacts, 'retryAfterMs' | 'cause'> = {},
) =>
  new PermafrostError(
    'PF-5004',
    `The vLLM server at ${endpoint} failed with ${status}: ${sentenceOf(message)}`,
    {
      retryable: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      hint: "Look into the server's log, then try again.",
      cause,
    },
  );

export const requestRefused = (endpoint: string, status: number, message: string) =>
  new PermafrostError(
    'PF-5005',
    `The vLLM server at ${endpoint} refused the request (${status}): ${sentenceOf(message)}`,
    {
      hint: 'Change what the message names; the same request would be refused again.',
    },
  );

export const redirected = (endpoint: string, to: string) =>
  new PermafrostError('PF-5006', `The server at ${endpoint} redirects to ${to}, which is not followed.`, {
    hint: 'If that is the right server, set permafrost.vllm.endpoint to it: a key never follows a redirect.',
  });

export const brokenOff = (endpoint: string, cause?: unknown) =>
  new PermafrostError('PF-5007', `The connection to ${endpoint} broke off in the middle of an answer.`, {
    retryable: true,
    hint: "Look into the server's log, then try again.",
    cause,
  });

/** The failure that an endpoint rests after, for a call that was not sent because of it: to repeat when the rest is over. */
export const stillResting = ({ code, message, facts }: PermafrostError, leftMs: number) =>
  new PermafrostError(code, message, {
    ...facts,
    retryable: true,
    ...(code === 'PF-8002' ? againIn(leftMs) : { retryAfterMs: leftMs }),
  });

/** Why a window was not thawed, for a caller who may go on with what was said in it as text. */
export const stillReadable = ({ code, message, facts }: PermafrostError, windowId: string) => {
  const how = `What was said in it can be read without the server: permafrost://windows/${windowId}.`;
  return new PermafrostError(code, message, {
    ...facts,
    hint: facts.hint === undefined ? how : `${facts.hint} ${how}`,
  });
};

export const proxyStopping = () =>
  new PermafrostError('PF-5010', 'The proxy is stopping.', { retryable: true });

/** A failure at one of several endpoints. */
export interface FailureAt {
  readonly endpoint: string;
  readonly error: PermafrostError;
}

/** What is wrong when none of several endpoints can do it: by its code the first failure, and in words all of them. */
export const failedEverywhere = (first: FailureAt, ...others: readonly FailureAt[]): PermafrostError => {
  const { code, facts } = first.error;
  const all = [first, ...others];
  const hint = together(all, (error) => error.facts.hint ?? '');
  const waits = all.flatMap(({ error }) => error.facts.retryAfterMs ?? []);
  return new PermafrostError(
    code,
    together(all, ({ message }) => message),
    {
      ...facts,
      retryable: all.some(({ error }) => error.facts.retryable),
      ...(waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) }),
      ...(hint === '' ? {} : { hint }),
    },
  );
};

/** What each says, with its address where that is not in it; once where all say the same. */
function together(failures: readonly FailureAt[], wordsOf: (error: PermafrostError) => string): string {
  const said = failures
    .map(({ endpoint, error }) => ({ endpoint, words: wordsOf(error) }))
    .filter(({ words }) => words !== '');
  const distinct = [...new Set(said.map(({ words }) => words))];
  if (distinct.length < 2) return distinct.join('');
  return said
    .map(({ endpoint, words }) => (words.includes(endpoint) ? words : `${endpoint}: ${words}`))
    .join(' ');
}

// 6: timeout

const MAY_BE_BUSY =
  'The server may be busy or the address wrong; try again or check permafrost.vllm.endpoint.';

export const timedOut = (what: string, ms: number, hint = MAY_BE_BUSY) =>
  new PermafrostError('PF-6001', `${what} did not finish within ${ms} ms.`, { retryable: true, hint });

export const cancelled = (what: string) =>
  new PermafrostError('PF-6002', `${what} was cancelled.`, { retryable: true });

// 7: model or cache mismatch

export const modelNotServed = (model: string, served: readonly string[]) =>
  new PermafrostError('PF-7001', `The server does not serve the model "${model}".`, {
    hint: served.length > 0 ? `It serves: ${served.join(', ')}.` : 'Its /v1/models lists what it serves.',
  });

export const noModelServed = (endpoints: readonly string[]) =>
  new PermafrostError('PF-7001', `No model is served at ${endpoints.join(', ')}.`, {
    hint: 'Start vLLM with one: vllm serve MODEL.',
  });

export const modelChanged = (model: string, was: string, is: string) =>
  new PermafrostError('PF-7002', `The model "${model}" is another one now: it was ${was}, and is ${is}.`, {
    hint: 'Start the server with the model the window was frozen on.',
  });

/** @param needed the least that the server has to take, in tokens, where that is known */
export const contextTooLong = (message: string, needed?: number) =>
  new PermafrostError('PF-7003', sentenceOf(message), {
    hint: `Start the server with ${needed === undefined ? 'a longer --max-model-len' : `--max-model-len ${needed} or more`}.`,
  });

/** @param limit what the server takes now, in tokens */
export const questionTooLong = (tokens: number, limit: number) =>
  new PermafrostError(
    'PF-7003',
    `With the question there are ${tokens} tokens, and the server takes ${limit} together with the answer.`,
    {
      hint: `Ask a shorter question, or start the server with --max-model-len ${tokens + 1} or more.`,
    },
  );

export const unreadableCall = (tool: string, cause: unknown) =>
  new PermafrostError(
    'PF-7004',
    `The model wrote arguments for its call of "${tool}" that are not JSON: ${reasonOf(cause)}.`,
    {
      retryable: true,
      hint: 'Ask again. If it happens often, start the server with the --tool-call-parser of this model, or choose another model.',
      cause,
    },
  );

// 8: limit or permission

/** @param wasSent whether there was a key to send */
export const keyRefused = (endpoint: string, status: number, wasSent: boolean) =>
  new PermafrostError(
    'PF-8001',
    wasSent
      ? `The vLLM server at ${endpoint} refused the key (${status}).`
      : `The vLLM server at ${endpoint} refused the request (${status}), and no key is set for it.`,
    {
      hint: 'Set its key with the command "Permafrost: Set vLLM API Key"; for the MCP server and the proxy in PERMAFROST_VLLM_API_KEY, or for servers of several origins in PERMAFROST_VLLM_API_KEYS.',
    },
  );

export const unusableKey = () =>
  new PermafrostError(
    'PF-8006',
    'The vLLM API key cannot be sent: it holds something else than printable ASCII.',
    {
      hint: 'Set the key again, without spaces and line breaks.',
    },
  );

export const rateLimited = (endpoint: string, retryAfterMs?: number) =>
  new PermafrostError('PF-8002', `The vLLM server at ${endpoint} is at its limit.`, {
    retryable: true,
    ...(retryAfterMs === undefined ? { hint: 'Try again later.' } : againIn(retryAfterMs)),
  });

function againIn(retryAfterMs: number): Pick<ErrorFacts, 'retryAfterMs' | 'hint'> {
  return { retryAfterMs, hint: `Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s.` };
}

export const contextNotAllowed = (context: string, allowed: readonly string[]) =>
  new PermafrostError('PF-8003', `This process may not reach a context "${context}".`, {
    hint: `Leave "context" out to use this folder's own, or name one of: ${allowed.join(', ')}.`,
  });

export const originNotAllowed = (origin: string) =>
  new PermafrostError(
    'PF-8004',
    `This folder's settings name the vLLM server ${origin}, which you have not allowed.`,
    {
      hint: 'Run "Permafrost: Check vLLM Connection" and allow it, or set the endpoint in your user settings.',
    },
  );

export const contextReadOnly = (context: string) =>
  new PermafrostError('PF-8005', `The context "${context}" is open for reading only.`, {
    hint: 'Leave "context" out to write to this folder\'s own context.',
  });

export const clientRefused = (message: string, hint: string) =>
  new PermafrostError('PF-8010', `The proxy did not pass this on. ${message}`, { hint });

// 9: internal

export const internal = (cause: unknown) =>
  new PermafrostError('PF-9001', `Something went wrong inside Permafrost: ${reasonOf(cause)}`, {
    hint: 'Please report it with the steps that led here.',
    cause,
  });
