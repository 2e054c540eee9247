import { parseArgs, type ParseArgsConfig } from 'node:util';
import * as z from 'zod';
import { invalidInput } from '../core/errors.ts';
import { baseAddress, originOf } from '../core/vllm/endpoint.ts';
import type { ToolArea } from '../tools/tool.ts';

/** Where the context of this process is: in a directory of its own, or the one of a folder. */
export type Place =
  | { readonly kind: 'context'; readonly directory: string; readonly from: string }
  | { readonly kind: 'folder'; readonly directory: string; readonly from: string };

export interface VllmServer {
  readonly endpoint: string;
  readonly apiKey: string | undefined;
  /** Its PYTHONHASHSEED. */
  readonly hashSeed: string | undefined;
}

export interface ServeOptions {
  readonly kind: 'serve';
  readonly place: Place;
  /** Streamable HTTP instead of stdio. */
  readonly http: { readonly port: number; readonly token: string } | undefined;
  /** In the order of preference; empty without a server. */
  readonly vllm: readonly VllmServer[];
  readonly areas: ReadonlySet<ToolArea>;
  readonly readOnly: boolean;
  /** Names or ids of other contexts that may be read. */
  readonly allowedContexts: readonly string[];
  /** Days without a turn after which a session is over; 0 for never. */
  readonly sessionDays: number;
}

export type Options = { readonly kind: 'help' } | { readonly kind: 'version' } | ServeOptions;

export const HELP = `Permafrost's MCP server: a lasting memory for one workspace folder.

  node mcp-server.js [options]
  node mcp-server.js proxy --help      a pass-through to a vLLM server that keeps chats as sessions

  --context DIR            keep the context in this directory; it is made when it is not there
  --folder DIR             use the context of this folder (default: the current folder)
  --http PORT              speak Streamable HTTP on 127.0.0.1 instead of stdio; 0 takes a free port
  --token T                what HTTP clients have to send as bearer token
  --vllm URL               a vLLM server for frozen windows (may be repeated: each request goes to the one that suits)
  --vllm-hash-seed SEED    its PYTHONHASHSEED, if it has one: for the block hashes that windows keep
  --tools LIST             offer only these: memory, windows, admin (separated by commas)
  --read-only              offer only tools that change nothing
  --session-days N         end conversations in which nothing was said for N days, and delete them after as many again, but
                           none that is frozen (default: never)
  --allow-context NAME     let tools read this other context too, by name or id (may be repeated)
  --help, --version

Environment: PERMAFROST_CONTEXT_DIR (as --context), PERMAFROST_TOKEN (as --token), PERMAFROST_SESSION_DAYS (as
--session-days), PERMAFROST_VLLM_API_KEY (the key, when all --vllm have one origin), PERMAFROST_VLLM_API_KEYS (the key of
each origin, as JSON: {"http://host:8000": "key"}), PERMAFROST_HOME (where contexts and their registry are; default
~/.permafrost). An option wins over the environment.
`;

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws PF-1001 that says which option cannot be used, and why. */
export function readOptions(args: readonly string[], environment: Environment, cwd: string): Options {
  const given = parseOptions(args, OPTIONS);
  if (given.help === true) return { kind: 'help' };
  if (given.version === true) return { kind: 'version' };
  if (given.embeddings !== undefined)
    throw refuse('--embeddings cannot be used yet: this version searches by words alone.');
  if (given.backups !== undefined)
    throw refuse('--backups cannot be used yet: this version makes no backups.');
  return {
    kind: 'serve',
    place: placeOf(given, environment, cwd),
    http: httpOf(given, environment),
    vllm: vllmOf(given, environment),
    areas: areasOf(given.tools),
    readOnly: given['read-only'] ?? false,
    allowedContexts: given['allow-context'] ?? [],
    sessionDays: sessionDaysOf(given, environment),
  };
}

const OPTIONS = {
  context: { type: 'string' },
  folder: { type: 'string' },
  http: { type: 'string' },
  token: { type: 'string' },
  vllm: { type: 'string', multiple: true },
  'vllm-hash-seed': { type: 'string' },
  embeddings: { type: 'string' },
  backups: { type: 'string' },
  tools: { type: 'string' },
  'read-only': { type: 'boolean' },
  'session-days': { type: 'string' },
  'allow-context': { type: 'string', multiple: true },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
} as const;

type Given = ReturnType<typeof parseOptions<typeof OPTIONS>>;

type Known = NonNullable<ParseArgsConfig['options']>;

/** The options among `args`. @throws PF-1001 for one that is not among `options`, or empty */
export function parseOptions<const O extends Known>(args: readonly string[], options: O, hint?: string) {
  const { values } = parsed(args, options, hint);
  for (const [option, value] of Object.entries(values))
    if ([value].flat().includes('')) throw refuse(`--${option} is empty.`, hint);
  return values;
}

function parsed<const O extends Known>(args: readonly string[], options: O, hint?: string) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
  } catch (cause) {
    throw refuse(reasonOf(cause), hint);
  }
}

/** What Node says of arguments that cannot be parsed, as one sentence. */
function reasonOf(cause: unknown): string {
  const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split(/\.? To specify|\n/);
  return `${reason.replace(/\.$/, '')}.`;
}

export function placeOf(
  { context, folder }: Pick<Given, 'context' | 'folder'>,
  environment: Environment,
  cwd: string,
): Place {
  if (context !== undefined && folder !== undefined)
    throw refuse('--context and --folder exclude each other.');
  if (context !== undefined) return { kind: 'context', directory: context, from: '--context' };
  if (folder !== undefined) return { kind: 'folder', directory: folder, from: '--folder' };
  const named = environment['PERMAFROST_CONTEXT_DIR'];
  if (named !== undefined && named !== '')
    return { kind: 'context', directory: named, from: 'PERMAFROST_CONTEXT_DIR' };
  return { kind: 'folder', directory: cwd, from: 'the current folder' };
}

function httpOf({ http, token }: Given, environment: Environment): ServeOptions['http'] {
  if (http === undefined && token !== undefined)
    throw refuse('--token is for --http PORT, which is not there.');
  if (http === undefined) return undefined;
  const port = portOf('--http', http);
  return { port, token: secretOf('--http', 'read and change the memories', token, environment) };
}

export function portOf(option: string, given: string): number {
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
  if (!(port <= 65_535)) throw refuse(`${option} needs a port from 0 to 65535, not "${given}".`);
  return port;
}

/** The token that clients have to send. */
export function secretOf(
  option: string,
  power: string,
  token: string | undefined,
  environment: Environment,
): string {
  const secret = token ?? environment['PERMAFROST_TOKEN'];
  if (secret === undefined || secret === '') {
    throw refuse(
      `${option} needs a token: whoever can reach the port could ${power}.`,
      'Give --token T or set PERMAFROST_TOKEN.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(secret)) throw refuse('The token has to be printable ASCII without spaces.');
  return secret;
}

export function vllmOf(
  { vllm = [], 'vllm-hash-seed': hashSeed }: Pick<Given, 'vllm' | 'vllm-hash-seed'>,
  environment: Environment,
): readonly VllmServer[] {
  if (vllm.length === 0 && hashSeed !== undefined)
    throw refuse('--vllm-hash-seed is for --vllm URL, which is not there.');
  const endpoints = [...new Set(vllm.map(baseAddress))];
  const keys = keysOf(endpoints, environment);
  return endpoints.map((endpoint) => ({ endpoint, apiKey: keys.get(originOf(endpoint)), hashSeed }));
}

/** A key is for one origin alone: none is ever sent to another server than the one it was given for. */
function keysOf(endpoints: readonly string[], environment: Environment): ReadonlyMap<string, string> {
  const origins = [...new Set(endpoints.map(originOf))];
  const shared = environment['PERMAFROST_VLLM_API_KEY'] || undefined;
  if (shared === undefined) return listedKeys(environment);
  if (origins.length <= 1)
    return new Map([...origins.map((origin) => [origin, shared] as const), ...listedKeys(environment)]);
  throw refuse(
    'PERMAFROST_VLLM_API_KEY is one key, and --vllm names servers of several origins.',
    `Set PERMAFROST_VLLM_API_KEYS instead, ${KEYS_FORM}.`,
  );
}

/** What to say at the start of keys that no server gets: a host or a port that differs a little is a mistake easily made. */
export function strayKeys(vllm: readonly VllmServer[], environment: Environment): readonly string[] {
  const origins = new Set(vllm.map(({ endpoint }) => originOf(endpoint)));
  const servers = origins.size === 0 ? 'there is none' : `there are ${[...origins].join(', ')}`;
  return [...listedKeys(environment).keys()]
    .filter((origin) => !origins.has(origin))
    .map(
      (origin) =>
        `PERMAFROST_VLLM_API_KEYS has a key for ${origin} that is not used: no --vllm has this origin (${servers}).`,
    );
}

const KEYS_FORM = 'a JSON object with the key of each origin, like {"http://host:8000": "key"}';
const Keys = z.record(z.string(), z.string());

/** What cannot be read holds secrets, so it is not quoted. */
function listedKeys(environment: Environment): ReadonlyMap<string, string> {
  const listed = environment['PERMAFROST_VLLM_API_KEYS'] || '{}';
  try {
    const keys = Object.entries(Keys.parse(JSON.parse(listed)));
    return new Map(keys.map(([address, key]) => [originOf(baseAddress(address)), key]));
  } catch {
    throw refuse(`PERMAFROST_VLLM_API_KEYS has to be ${KEYS_FORM}.`);
  }
}

export function sessionDaysOf(given: Pick<Given, 'session-days'>, environment: Environment): number {
  const days = given['session-days'] ?? (environment['PERMAFROST_SESSION_DAYS'] || '0');
  if (!/^\d{1,5}$/.test(days))
    throw refuse(`--session-days needs a whole number of days, 0 for never, not "${days}".`);
  return Number(days);
}

const Area: z.ZodType<ToolArea> = z.enum(['memory', 'windows', 'admin']);

function areasOf(tools: string | undefined): ReadonlySet<ToolArea> {
  const areas = z
    .array(Area)
    .safeParse((tools ?? 'memory,windows,admin').split(',').map((name) => name.trim()));
  if (!areas.success)
    throw refuse(`--tools takes memory, windows and admin, separated by commas, not "${tools}".`);
  return new Set(areas.data);
}

export function refuse(message: string, hint = 'See --help.') {
  return invalidInput(message, hint);
}
