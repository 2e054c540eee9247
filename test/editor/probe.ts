import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import {
  documentSchema,
  mcpDefinitionSchema,
  modelSchema,
  parseActivation,
  partSchema,
  replySchema,
  toolSchema,
  type ActivationTimes,
  type ProbedDocument,
  type ProbedMcpServer,
  type ProbedModel,
  type ProbedTool,
} from './probeAnswers.ts';
import { until } from './until.ts';

/** Where the probes of one editor announce themselves, and what lets one speak to them. */
export interface ProbeAccess {
  readonly directory: string;
  readonly token: string;
  /** What the editor is started with. */
  readonly env: Readonly<Record<string, string>>;
}

/** Access of a new editor: an unguessable token, and a directory under its home. */
export function newProbeAccess(root: string): ProbeAccess {
  const directory = join(root, 'probe');
  // A home used before holds the cards of hosts that are gone.
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const token = randomBytes(16).toString('hex');
  return { directory, token, env: { PERMAFROST_PROBE_DIR: directory, PERMAFROST_PROBE_TOKEN: token } };
}

/**
 * Speaks to the extension host of the window opened last. After a reload, or for a second window, give the
 * probe of before: only one that started after it will do.
 */
export async function connectProbe(editor: { readonly probe: ProbeAccess }, before?: Probe): Promise<Probe> {
  return until('the probe in the extension host answers', async () => {
    const cards = await readCards(editor.probe.directory);
    const newest = cards.filter((card) => card.startedAt > (before?.startedAt ?? 0)).at(-1);
    if (newest === undefined) return undefined;
    const probe = new Probe(newest, editor.probe.token);
    return (await probe.answers()) ? probe : undefined;
  });
}

const cardSchema = z.object({ port: z.number(), pid: z.number(), startedAt: z.number() });
type Card = z.output<typeof cardSchema>;

async function readCards(directory: string): Promise<Card[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(
    names.map((name) => readFile(join(directory, name), 'utf8').catch(() => undefined)),
  );
  const cards = texts.flatMap((text) => (text === undefined ? [] : [cardSchema.parse(JSON.parse(text))]));
  return cards.toSorted((a, b) => a.startedAt - b.startedAt);
}

/** The editor's API, asked from outside: every method runs in the extension host of one window. */
export class Probe {
  readonly startedAt: number;
  readonly #url: string;
  readonly #token: string;

  constructor(card: Card, token: string) {
    this.startedAt = card.startedAt;
    this.#url = `http://127.0.0.1:${card.port}/`;
    this.#token = token;
  }

  /** `vscode.lm.tools`. */
  async tools(): Promise<ProbedTool[]> {
    return z.array(toolSchema).parse(await this.#ask({ tools: true }));
  }

  /** `vscode.lm.invokeTool`: the text that a model would read. */
  async invokeTool(name: string, input: object): Promise<string> {
    const { content } = z
      .object({ content: z.array(partSchema) })
      .parse(await this.#ask({ invokeTool: { name, input } }));
    return content.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
  }

  /** The MCP servers that extensions define; the editor collects them a moment after start (await it by `until`). By the proposed `vscode.lm.mcpServerDefinitions`. */
  async mcpDefinitions(): Promise<ProbedMcpServer[]> {
    return z.array(mcpDefinitionSchema).parse(await this.#ask({ mcpDefinitions: true }));
  }

  /** `vscode.lm.selectChatModels()`. */
  async models(): Promise<ProbedModel[]> {
    return z.array(modelSchema).parse(await this.#ask({ models: true }));
  }

  /** Ids of the commands, without the editor's internal ones. */
  async commands(): Promise<string[]> {
    return z.array(z.string()).parse(await this.#ask({ commands: true }));
  }

  /** `vscode.commands.executeCommand`; an argument `{$uri: '...'}` becomes a Uri. */
  async executeCommand(command: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#ask({ executeCommand: [command, ...args] });
  }

  /** Opens a document by its URI, as any extension may, and gives its text. */
  async readDocument(uri: string): Promise<ProbedDocument> {
    return documentSchema.parse(await this.#ask({ readDocument: uri }));
  }

  /** The document of the active text editor. */
  async activeDocument(): Promise<ProbedDocument | undefined> {
    return documentSchema.nullable().parse(await this.#ask({ activeDocument: true })) ?? undefined;
  }

  /** The value of a setting, by its full name. */
  async configuration(name: string): Promise<unknown> {
    return this.#ask({ configuration: name });
  }

  /** Whether an extension is installed here, and whether it is active. */
  async extension(id: string): Promise<{ isActive: boolean; version: string } | undefined> {
    const schema = z.object({ isActive: z.boolean(), version: z.string() }).nullable();
    return schema.parse(await this.#ask({ extension: id })) ?? undefined;
  }

  /** The editor's own figures of an extension's start; it shows the report in a tab, and fills it when its own start is over. */
  async activationTimes(id: string): Promise<ActivationTimes> {
    return until(`the editor reports how long ${id} took to start`, async () =>
      parseActivation(z.string().parse(await this.#ask({ startupReport: true })), id),
    );
  }

  /** Whether the extension host is still there. */
  async answers(): Promise<boolean> {
    return this.commands().then(
      () => true,
      () => false,
    );
  }

  async #ask(question: object): Promise<unknown> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}` },
      body: JSON.stringify(question),
    });
    const { value, error } = replySchema.parse(await response.json());
    if (error !== undefined) throw new Error(error.message, { cause: error });
    return value;
  }
}
