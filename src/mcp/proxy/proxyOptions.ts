import {
  parseOptions,
  placeOf,
  portOf,
  refuse,
  secretOf,
  sessionDaysOf,
  vllmOf,
  type Environment,
  type Place,
  type VllmServer,
} from '../options.ts';

export type ProxyCommand = { readonly kind: 'help' } | ProxyPlan;

export interface ProxyPlan {
  readonly kind: 'proxy';
  readonly place: Place;
  readonly port: number;
  readonly token: string;
  readonly vllm: VllmServer;
  /** Days without a turn after which a session is over; 0 for never. */
  readonly sessionDays: number;
}

export const PROXY_HELP = `Passes requests on to a vLLM server, and keeps their chats as sessions that can be frozen.

  node mcp-server.js proxy --port PORT --vllm URL --token T [options]

  --port PORT              listen at this port of 127.0.0.1; 0 takes a free one
  --vllm URL               the vLLM server
  --vllm-hash-seed SEED    its PYTHONHASHSEED, if it has one: for the block hashes that windows keep
  --token T                what clients have to send as bearer token: their API key
  --context DIR            keep the sessions in the context in this directory; it is made when it is not there
  --folder DIR             keep them in the context of this folder (default: the current folder)
  --session-days N         end conversations in which nothing was said for N days, and delete them after as many again, but
                           none that is frozen (default: never)
  --help

Clients use http://127.0.0.1:PORT/v1 as their base address. To the server goes its own key, from
PERMAFROST_VLLM_API_KEY, or from PERMAFROST_VLLM_API_KEYS, as JSON: {"http://host:8000": "key"}. Environment besides:
PERMAFROST_CONTEXT_DIR (as --context), PERMAFROST_TOKEN (as --token), PERMAFROST_SESSION_DAYS (as --session-days),
PERMAFROST_HOME. An option wins over the environment.

A conversation is known by what was said in it. Where several people use one proxy, have their clients send "user",
"safety_identifier" or "prompt_cache_key": else two whose conversations begin with the same words and the same answer
share a session and a cache salt up to where they part, though neither sees what the other says.

A session keeps the exact tokens of its prompts, whatever made them. Of the fields that shape a prompt it keeps messages,
tools, chat_template, chat_template_kwargs, documents, reasoning_effort and add_special_tokens, which are sent again when its
window goes on. Where the template makes other tokens of them than the conversation had, as of a prompt that was
truncated, a window says so and keeps those that it had.

Only chats (/v1/chat/completions) become sessions. /v1/completions and /v1/responses are passed on under a cache salt of
their client; other paths, as /v1/messages, as they come, so that the server's cache keeps them apart from nobody. Of an
answer that is one of several (n), that repeats its prompt (echo) or that goes on with a message (continue_final_message),
only the question is kept.
Of an answer that was broken off only the question is kept, until the client sends the answer's text back with its next turn.
Turns are gathered for a tenth of a second and kept by one commit: a proxy that is killed (SIGKILL) loses what it has
gathered.
`;

const OPTIONS = {
  port: { type: 'string' },
  vllm: { type: 'string', multiple: true },
  'vllm-hash-seed': { type: 'string' },
  token: { type: 'string' },
  'session-days': { type: 'string' },
  context: { type: 'string' },
  folder: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** What stands after `proxy`. @throws PF-1001 that says which option cannot be used, and why. */
export function readProxyOptions(
  args: readonly string[],
  environment: Environment,
  cwd: string,
): ProxyCommand {
  const given = parseOptions(args, OPTIONS, HINT);
  if (given.help === true) return { kind: 'help' };
  const [vllm, ...more] = vllmOf(given, environment);
  if (given.port === undefined) throw refuse('proxy needs --port PORT.', HINT);
  if (vllm === undefined)
    throw refuse('proxy needs --vllm URL, the server that requests are passed on to.', HINT);
  if (more.length > 0) throw refuse('proxy passes on to one server: --vllm was given more than once.', HINT);
  return {
    kind: 'proxy',
    place: placeOf(given, environment, cwd),
    port: portOf('--port', given.port),
    token: secretOf('proxy', 'use the vLLM server and read what is said', given.token, environment),
    vllm,
    sessionDays: sessionDaysOf(given, environment),
  };
}

const HINT = 'See proxy --help.';
