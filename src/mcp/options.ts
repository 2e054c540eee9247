import { parseArgs } from 'node:util';
import * as z from 'zod';
import { invalidInput } from '../core/errors.ts';
import { baseAddress } from '../core/vllm/endpoint.ts';
import type { ToolArea } from '../tools/tool.ts';

/** Where the context of this process is: in a directory of its own, or the one of a folder. */
export type Place =
  | { readonly kind: 'context'; readonly directory: string; readonly from: string }
  | { readonly kind: 'folder'; readonly directory: string; readonly from: string };

export interface ServeOptions {
  readonly kind: 'serve';
  readonly place: Place;
  /** Streamable HTTP instead of stdio. */
  readonly http: { readonly port: number; readonly token: string } | undefined;
  readonly vllm:
    | {
        readonly endpoint: string;
        readonly apiKey: string | undefined;
        readonly hashSeed: string | undefined;
      }
    | undefined;
  readonly areas: ReadonlySet<ToolArea>;
  readonly readOnly: boolean;
  /** Names or ids of other contexts that may be read. */
  readonly allowedContexts: readonly string[];
}

export type Options = { readonly kind: 'help' } | { readonly kind: 'version' } | ServeOptions;

export const HELP = `Permafrost's MCP server: a lasting memory for one workspace folder.

  node mcp-server.js [options]

  --context DIR            keep the context in this directory; it is made when it is not there
  --folder DIR             use the context of this folder (default: the current folder)
  --http PORT              speak Streamable HTTP on 127.0.0.1 instead of stdio; 0 takes a free port
  --token T                what HTTP clients have to send as bearer token
  --vllm URL               the vLLM server for frozen windows
  --vllm-hash-seed SEED    its PYTHONHASHSEED, if it has one: for the block hashes that windows keep
  --tools LIST             offer only these: memory, windows, admin (separated by commas)
  --read-only              offer only tools that change nothing
  --allow-context NAME     let tools read this other context too, by name or id (may be repeated)
  --help, --version

Environment: PERMAFROST_CONTEXT_DIR (as --context), PERMAFROST_TOKEN (as --token), PERMAFROST_VLLM_API_KEY,
PERMAFROST_HOME (where contexts and their registry are; default ~/.permafrost). An option wins over the environment.
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws PF-1001 that says which option cannot be used, and why. */
export function readOptions(args: readonly string[], environment: Environment, cwd: string): Options {
  const given = parse(args);
  if (given.help === true) return { kind: 'help' };
  if (given.version === true) return { kind: 'version' };
  for (const [option, value] of Object.entries(given))
    if (value === '') throw refuse(`--${option} is empty.`);
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
  };
}

const OPTIONS = {
  context: { type: 'string' },
  folder: { type: 'string' },
  http: { type: 'string' },
  token: { type: 'string' },
  vllm: { type: 'string' },
  'vllm-hash-seed': { type: 'string' },
  embeddings: { type: 'string' },
  backups: { type: 'string' },
  tools: { type: 'string' },
  'read-only': { type: 'boolean' },
  'allow-context': { type: 'string', multiple: true },
  help: { type: 'boolean' },
  version: { type: 'boolean' },
} as const;

type Given = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split(/\.? To specify|\n/);
    throw refuse(`${reason.replace(/\.$/, '')}.`);
  }
}

function placeOf({ context, folder }: Given, environment: Environment, cwd: string): Place {
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
  const port = /^\d{1,5}$/.test(http) ? Number(http) : Number.NaN;
  if (!(port <= 65_535)) throw refuse(`--http needs a port from 0 to 65535, not "${http}".`);
  const secret = token ?? environment['PERMAFROST_TOKEN'];
  if (secret === undefined || secret === '') {
    throw refuse(
      '--http needs a token: whoever can reach the port could read and change the memories.',
      'Give --token T or set PERMAFROST_TOKEN.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(secret)) throw refuse('The token has to be printable ASCII without spaces.');
  return { port, token: secret };
}

function vllmOf({ vllm, 'vllm-hash-seed': hashSeed }: Given, environment: Environment): ServeOptions['vllm'] {
  if (vllm === undefined && hashSeed !== undefined)
    throw refuse('--vllm-hash-seed is for --vllm URL, which is not there.');
  if (vllm === undefined) return undefined;
  return {
    endpoint: baseAddress(vllm),
    apiKey: environment['PERMAFROST_VLLM_API_KEY'] || undefined,
    hashSeed,
  };
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

function refuse(message: string, hint = 'See --help.') {
  return invalidInput(message, hint);
}
