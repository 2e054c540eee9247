// What `vscode` does, and a person who sees it and answers.

import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { QuickPick } from './quickPick.ts';
import { Disposable, EventEmitter, type Uri } from './types.ts';

/** What the settings say, for tests to change: the person's by name, those of a folder by its URI, a blank and the name. */
export const configuration = new Map<string, unknown>();

export interface Folder {
  readonly uri: Uri;
  readonly name: string;
  readonly index: number;
}

/** What the person sees and does, for tests to read and to change. */
export const person = {
  /** Notifications and what they offer, as `message|button`. */
  told: [] as string[],
  /** The documents that were shown. */
  shown: [] as Uri[],
  /** The commands that were run, ours among them. */
  executed: [] as (readonly unknown[])[],
  answer: (_message: string): string | undefined | Promise<string | undefined> => undefined,
  pick: (items: readonly unknown[]): unknown => items[0],
};

/** What was registered, and the events of the editor. */
export const registered = {
  commands: new Map<string, (...given: unknown[]) => unknown>(),
  content: new Map<string, TextDocumentContentProvider>(),
  chat: undefined as ChatHandler | undefined,
  models: undefined as LanguageModelChatProvider | undefined,
  statusBar: new Map<string, StatusBarItem>(),
  /** The last one that was opened. */
  quickPick: undefined as QuickPick | undefined,
};

export const events = {
  activeEditor: new EventEmitter<unknown>(),
  closedDocument: new EventEmitter<{ readonly uri: Uri }>(),
  configuration: new EventEmitter<{ affectsConfiguration(section: string): boolean }>(),
};

type ChatHandler = (...given: readonly unknown[]) => Promise<{
  readonly metadata: object;
  readonly errorDetails?: { readonly message: string };
}>;

interface TextDocumentContentProvider {
  onDidChange(listener: (uri: Uri) => void): Disposable;
  provideTextDocumentContent(uri: Uri): Promise<string | null | undefined>;
}

interface LanguageModelChatProvider {
  onDidChangeLanguageModelChatInformation(listener: () => void): Disposable;
  provideLanguageModelChatInformation(
    options: { readonly silent: boolean },
    token: typeof neverCancelled,
  ): Promise<readonly { readonly id: string; readonly name: string; readonly tooltip?: string }[]>;
  provideLanguageModelChatResponse(
    model: { readonly id: string },
    messages: readonly unknown[],
    options: { readonly tools: readonly unknown[]; readonly toolMode: number },
    progress: { report(part: unknown): void },
    token: typeof neverCancelled,
  ): Promise<void>;
}

interface StatusBarItem {
  tooltip?: string;
  text?: string;
  visible: boolean;
}

const nothing = () => new Disposable(() => undefined);

function tell(message: string, ...rest: readonly unknown[]) {
  const buttons = rest.filter((each) => typeof each === 'string');
  person.told.push([message, ...buttons].join('|'));
  return Promise.resolve(person.answer(message));
}

export const window = {
  activeTextEditor: undefined as unknown,
  tabGroups: {
    all: [] as readonly { readonly tabs: readonly { readonly input: unknown }[] }[],
    close: () => Promise.resolve(true),
  },
  onDidChangeActiveTextEditor: events.activeEditor.event,
  showInformationMessage: tell,
  showWarningMessage: tell,
  showErrorMessage: tell,
  showQuickPick: (items: readonly unknown[]) => Promise.resolve(person.pick(items)),
  createQuickPick() {
    registered.quickPick = new QuickPick();
    return registered.quickPick;
  },
  showTextDocument: (uri: Uri) => Promise.resolve(person.shown.push(uri)),
  setStatusBarMessage: nothing,
  withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => unknown) =>
    Promise.resolve(work({ report: () => undefined }, neverCancelled)),
  createOutputChannel: () => ({
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    show: () => undefined,
    ...nothing(),
  }),
  createStatusBarItem(id: string) {
    const item = { visible: false, show: () => (item.visible = true), hide: () => (item.visible = false) };
    registered.statusBar.set(id, item);
    return Object.assign(item, nothing());
  },
  createTreeView: () => ({ visible: false, onDidChangeVisibility: nothing, ...nothing() }),
};

export const neverCancelled = { isCancellationRequested: false, onCancellationRequested: nothing };

export const workspace = {
  workspaceFolders: [] as readonly Folder[],
  isTrusted: true,
  textDocuments: [] as readonly { readonly uri: Uri }[],
  getWorkspaceFolder: ({ path }: Uri) =>
    workspace.workspaceFolders.find(({ uri }) => path.startsWith(`${uri.path}/`)),
  getConfiguration: (section: string, folder?: Folder) => ({
    get: (name: string, otherwise?: unknown) => configuration.get(`${section}.${name}`) ?? otherwise,
    inspect: (name: string) => ({
      globalValue: configuration.get(`${section}.${name}`),
      workspaceFolderValue: configuration.get(`${String(folder?.uri)} ${section}.${name}`),
    }),
  }),
  asRelativePath: ({ path }: Uri) => path.slice(path.lastIndexOf('/') + 1),
  /** The text of a file; rejects for what has none, as the editor does. */
  openTextDocument: async ({ fsPath }: Uri) => {
    const text = await readFile(fsPath, 'utf8');
    if (text.includes('\0')) throw new Error('File seems to be binary and cannot be opened as text');
    return { getText: () => text };
  },
  onDidChangeConfiguration: events.configuration.event,
  onDidChangeWorkspaceFolders: nothing,
  onDidGrantWorkspaceTrust: nothing,
  onDidCloseTextDocument: events.closedDocument.event,
  registerFileSystemProvider: nothing,
  registerTextDocumentContentProvider(scheme: string, provider: TextDocumentContentProvider) {
    registered.content.set(scheme, provider);
    return new Disposable(() => registered.content.delete(scheme));
  },
};

const Several = z.object({ commands: z.array(z.object({ command: z.string(), args: z.unknown() })) });

export const commands = {
  registerCommand(id: string, handler: (...given: unknown[]) => unknown) {
    registered.commands.set(id, handler);
    return new Disposable(() => registered.commands.delete(id));
  },
  async executeCommand(id: string, ...given: unknown[]) {
    person.executed.push([id, ...given]);
    if (id !== 'runCommands') return registered.commands.get(id)?.(...given);
    // The window's own: it is done when what came before is.
    await registered.quickPick?.drawn;
    for (const { command, args } of Several.parse(given[0]).commands)
      await registered.commands.get(command)?.(args);
    return undefined;
  },
};

export const chat = {
  createChatParticipant(_id: string, handler: ChatHandler) {
    registered.chat = handler;
    return nothing();
  },
};

export const lm = {
  registerTool: nothing,
  registerMcpServerDefinitionProvider: nothing,
  registerLanguageModelChatProvider(_vendor: string, provider: LanguageModelChatProvider) {
    registered.models = provider;
    return nothing();
  },
  selectChatModels: () => Promise.resolve([]),
};

export const env = { remoteName: undefined, clipboard: { writeText: () => Promise.resolve() } };
