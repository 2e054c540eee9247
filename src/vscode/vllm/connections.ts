import * as vscode from 'vscode';
import { asPermafrostError, noEndpoint, type PermafrostError } from '../../core/errors.ts';
import { originOf } from '../../core/vllm/endpoint.ts';
import { Endpoint } from '../../core/vllm/endpoints/endpoint.ts';
import { Endpoints } from '../../core/vllm/endpoints/endpoints.ts';
import type { Scope } from '../contexts/scope.ts';
import { chooseEndpoints, saysSomething, type EndpointChoice } from './endpointChoice.ts';
import { OriginConsent } from './originConsent.ts';

/** Windows give a server six and a half seconds for its first answers, and asking the person is part of that. */
const CONSENT_PATIENCE_MS = 5_000;

type Log = Pick<vscode.LogOutputChannel, 'info'>;

/** The vLLM servers that the settings name: which ones a folder uses, with whose consent, and with which keys. */
export class VllmConnections {
  readonly #secrets: vscode.SecretStorage;
  readonly #consent: OriginConsent;
  readonly #log: Log;
  readonly #opened = new Map<string, Endpoint>();
  /** Those that nothing new is begun with. What is under way there may open connections again. */
  readonly #retired = new Set<Endpoint>();
  readonly #lists = new Map<string, Endpoints>();
  readonly #answered = new vscode.EventEmitter<void>();

  /** The person has said of a server whether it may be used. */
  readonly onDidAnswer = this.#answered.event;

  constructor({ secrets, globalState }: Pick<vscode.ExtensionContext, 'secrets' | 'globalState'>, log: Log) {
    this.#log = log;
    this.#secrets = secrets;
    this.#consent = new OriginConsent({
      answers: {
        get: (origin) => globalState.get<boolean>(answerKey(origin)),
        set: async (origin, allowed) => {
          await globalState.update(answerKey(origin), allowed);
          this.#answered.fire();
        },
      },
      ask: askPerson,
      patienceMs: CONSENT_PATIENCE_MS,
    });
  }

  /** The servers that the settings name for a folder, in order. @throws PF-1001 when one is no address. */
  choices(scope: Scope): EndpointChoice[] {
    const settings = vscode.workspace.getConfiguration('permafrost', scope.folder);
    const endpoint = settings.inspect('vllm.endpoint');
    const endpoints = settings.inspect('vllm.endpoints');
    const ofFolder = {
      endpoint: endpoint?.workspaceFolderValue,
      endpoints: endpoints?.workspaceFolderValue,
    };
    const ofWorkspace = { endpoint: endpoint?.workspaceValue, endpoints: endpoints?.workspaceValue };
    const user = { endpoint: endpoint?.globalValue, endpoints: endpoints?.globalValue };
    const folder = saysSomething(ofFolder) ? ofFolder : ofWorkspace;
    return chooseEndpoints({ user, folder }, vscode.workspace.isTrusted);
  }

  /** The model to use, when the settings name one. */
  model(scope: Scope): string | undefined {
    return textOf(scope, 'vllm.model');
  }

  /** The server's PYTHONHASHSEED, when the settings tell it. */
  hashSeed(scope: Scope): string | undefined {
    return textOf(scope, 'vllm.hashSeed');
  }

  /**
   * The servers that may be used for a folder; of several, those that the person does not allow are left out.
   * @throws PF-5001 when none is named, PF-1001 for what is no address, PF-8004 when none is allowed.
   */
  async allowed(scope: Scope, insist: 'ask once' | 'ask again' = 'ask once'): Promise<EndpointChoice[]> {
    const choices = this.choices(scope);
    if (choices.length === 0) throw noEndpoint();
    const ready = choices.filter((choice) => this.#isReady(choice));
    if (ready.length > 0 && insist === 'ask once') {
      // Nobody waits for an answer about the others: they are used once there is one.
      for (const choice of choices) if (!ready.includes(choice)) void this.#refusal(choice, insist);
      return ready;
    }
    const refusals = new Map<string, PermafrostError>();
    const origins = new Map(choices.map((choice) => [choice.origin, choice]));
    await Promise.all(
      [...origins.values()].map(async (choice) => {
        const refusal = await this.#refusal(choice, insist);
        if (refusal !== undefined) refusals.set(choice.origin, refusal);
      }),
    );
    const allowed = choices.filter(({ origin }) => !refusals.has(origin));
    const [refusal] = refusals.values();
    if (allowed.length === 0 && refusal !== undefined) throw refusal;
    return allowed;
  }

  /** The servers that may be used without asking anybody; undefined when there are none. */
  connectQuietly(scope: Scope): Endpoints | undefined {
    const choices = this.choices(scope).filter((choice) => this.#isReady(choice));
    return choices.length === 0 ? undefined : this.#endpoints(choices, this.hashSeed(scope));
  }

  /** Has the person answer now whether servers may be used, if that is open; without a server, nothing. */
  async settle(scope: Scope): Promise<void> {
    if (this.choices(scope).length > 0) await this.allowed(scope, 'ask again');
  }

  /** @throws PF-5001, PF-1001, PF-8004 when there is no server to use. */
  async connect(scope: Scope): Promise<Endpoints> {
    return this.#endpoints(await this.allowed(scope), this.hashSeed(scope));
  }

  /** The key that was entered for this very origin. */
  async key(origin: string): Promise<string | undefined> {
    return this.#secrets.get(secretKey(origin));
  }

  async setKey(origin: string, key: string): Promise<void> {
    await this.#secrets.store(secretKey(origin), key);
    this.#forget(origin);
  }

  async clearKey(origin: string): Promise<void> {
    await this.#secrets.delete(secretKey(origin));
    this.#forget(origin);
  }

  /** Lets go of all connections. */
  async close(): Promise<void> {
    this.#answered.dispose();
    await Promise.all([...this.#opened.values(), ...this.#retired].map((endpoint) => endpoint.close()));
  }

  /** A server that refused the old key is asked again at once. What is under way there goes on to its end. */
  #forget(origin: string): void {
    for (const [name, endpoint] of this.#opened) {
      if (originOf(endpoint.address) !== origin) continue;
      this.#opened.delete(name);
      this.#retired.add(endpoint);
      endpoint
        .retire()
        .catch((thrown: unknown) =>
          this.#log.info(`Connections to ${endpoint.address} were not closed: ${String(thrown)}`),
        );
    }
    this.#lists.clear();
  }

  /** Whether a server may be used without asking the person. */
  #isReady({ origin, namedByFolder }: EndpointChoice): boolean {
    return !namedByFolder || this.#consent.isGiven(origin);
  }

  /** Why a server may not be used; undefined when it may. */
  async #refusal(
    { origin, namedByFolder }: EndpointChoice,
    insist: 'ask once' | 'ask again',
  ): Promise<PermafrostError | undefined> {
    try {
      if (namedByFolder && insist === 'ask again') await this.#consent.askAgain(origin);
      else if (namedByFolder) await this.#consent.require(origin);
      return undefined;
    } catch (thrown) {
      return asPermafrostError(thrown);
    }
  }

  #endpoints(choices: readonly EndpointChoice[], hashSeed: string | undefined): Endpoints {
    const name = JSON.stringify([choices.map(({ endpoint }) => endpoint), hashSeed]);
    const known = this.#lists.get(name);
    if (known !== undefined) return known;
    const opened = new Endpoints(
      choices.map((choice) => this.#endpoint(choice, hashSeed)),
      (line) => this.#log.info(line),
    );
    this.#lists.set(name, opened);
    return opened;
  }

  /** One for each address, whatever folders it is used for: what is known of a server is the same for all. */
  #endpoint({ endpoint, origin }: EndpointChoice, hashSeed: string | undefined): Endpoint {
    const name = JSON.stringify([endpoint, hashSeed]);
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const way = isDirect(endpoint) ? {} : { fetch: globalThis.fetch };
    const opened = new Endpoint({ endpoint, hashSeed, apiKey: () => this.key(origin), ...way });
    this.#opened.set(name, opened);
    return opened;
  }
}

/**
 * Whether a server is reached by connections of our own. Only the editor's `fetch` knows the certificates and the proxy
 * of this machine; it opens a new connection for each request.
 */
function isDirect(endpoint: string): boolean {
  const { http_proxy: proxyOfShell, HTTP_PROXY: proxyOfSystem } = process.env;
  const proxies = [vscode.workspace.getConfiguration('http').get('proxy'), proxyOfShell, proxyOfSystem];
  return endpoint.startsWith('http://') && proxies.every((proxy) => proxy === undefined || proxy === '');
}

function textOf({ folder }: Scope, setting: string): string | undefined {
  const text = vscode.workspace.getConfiguration('permafrost', folder).get(setting);
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

const answerKey = (origin: string) => `permafrost.allowedOrigin ${origin}`;
const secretKey = (origin: string) => `permafrost.vllmKey ${origin}`;

async function askPerson(origin: string): Promise<boolean | undefined> {
  const answer = await vscode.window.showWarningMessage(
    `The settings of this folder name the vLLM server ${origin}. Allow Permafrost to send conversations and memories there?`,
    'Allow',
    "Don't Allow",
  );
  return answer === undefined ? undefined : answer === 'Allow';
}
