import * as vscode from 'vscode';
import { noEndpoint } from '../../core/errors.ts';
import { VllmClient } from '../../core/vllm/client.ts';
import type { Scope } from '../contexts/scope.ts';
import { chooseEndpoint, type EndpointChoice } from './endpointChoice.ts';
import { OriginConsent } from './originConsent.ts';

/** Windows give a server six and a half seconds for its first answers, and asking the person is part of that. */
const CONSENT_PATIENCE_MS = 5_000;

/** The vLLM servers that the settings name: which one a folder uses, with whose consent, and with which key. */
export class VllmConnections {
  readonly #secrets: vscode.SecretStorage;
  readonly #consent: OriginConsent;

  constructor({ secrets, globalState }: Pick<vscode.ExtensionContext, 'secrets' | 'globalState'>) {
    this.#secrets = secrets;
    this.#consent = new OriginConsent({
      answers: {
        get: (origin) => globalState.get<boolean>(answerKey(origin)),
        set: async (origin, allowed) => globalState.update(answerKey(origin), allowed),
      },
      ask: askPerson,
      patienceMs: CONSENT_PATIENCE_MS,
    });
  }

  /** The server that the settings name for a folder. @throws PF-1001 when that is no address. */
  choice(scope: Scope): EndpointChoice | undefined {
    const found = vscode.workspace.getConfiguration('permafrost', scope.folder).inspect('vllm.endpoint');
    const folder = found?.workspaceFolderValue ?? found?.workspaceValue;
    return chooseEndpoint({ user: found?.globalValue, folder }, vscode.workspace.isTrusted);
  }

  /** The model to use, when the settings name one. */
  model(scope: Scope): string | undefined {
    return textOf(scope, 'vllm.model');
  }

  /** The server's PYTHONHASHSEED, when the settings tell it. */
  hashSeed(scope: Scope): string | undefined {
    return textOf(scope, 'vllm.hashSeed');
  }

  /** The server that may be used for a folder. @throws PF-5001, PF-1001, PF-8004. */
  async allowed(scope: Scope, insist: 'ask once' | 'ask again' = 'ask once'): Promise<EndpointChoice> {
    const choice = this.choice(scope);
    if (choice === undefined) throw noEndpoint();
    if (choice.namedByFolder && insist === 'ask again') await this.#consent.askAgain(choice.origin);
    else if (choice.namedByFolder) await this.#consent.require(choice.origin);
    return choice;
  }

  /** The server that may be used without asking anybody; undefined when there is none. */
  connectQuietly(scope: Scope): VllmClient | undefined {
    const choice = this.choice(scope);
    if (choice === undefined || (choice.namedByFolder && !this.#consent.isGiven(choice.origin)))
      return undefined;
    return this.#client(choice, scope);
  }

  /** Has the person answer now whether a server may be used, if that is open; without a server, nothing. */
  async settle(scope: Scope): Promise<void> {
    if (this.choice(scope) !== undefined) await this.allowed(scope, 'ask again');
  }

  /** @throws PF-5001, PF-1001, PF-8004 when there is no server to use. */
  async connect(scope: Scope): Promise<VllmClient> {
    return this.#client(await this.allowed(scope), scope);
  }

  /** The key that was entered for this very origin. */
  async key(origin: string): Promise<string | undefined> {
    return this.#secrets.get(secretKey(origin));
  }

  async setKey(origin: string, key: string): Promise<void> {
    await this.#secrets.store(secretKey(origin), key);
  }

  async clearKey(origin: string): Promise<void> {
    await this.#secrets.delete(secretKey(origin));
  }

  #client({ endpoint, origin }: EndpointChoice, scope: Scope): VllmClient {
    return new VllmClient({ endpoint, hashSeed: this.hashSeed(scope), apiKey: () => this.key(origin) });
  }
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
