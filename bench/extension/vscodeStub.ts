// A stand-in for the `vscode` module, so that `activate` can be timed in a plain Node process. It accepts whatever is
// registered and does nothing: the time of the editor's own side is not in the figure. The real editor is in test/editor.

import { readFileSync } from 'node:fs';
import * as path from 'node:path';

const extensionPath = path.resolve(import.meta.dirname, '../..');
const packageJSON: unknown = JSON.parse(readFileSync(path.join(extensionPath, 'package.json'), 'utf8'));

class Uri {
  readonly scheme: string;
  readonly path: string;

  constructor(scheme: string, location: string) {
    this.scheme = scheme;
    this.path = location;
  }

  static file = (location: string): Uri => new Uri('file', location);
  static parse = (text: string): Uri => new Uri(...splitScheme(text));
  static from = ({ scheme, path: location }: Uri): Uri => new Uri(scheme, location);
  static joinPath = (base: Uri, ...parts: string[]): Uri =>
    new Uri(base.scheme, path.join(base.path, ...parts));

  get fsPath(): string {
    return this.path;
  }

  toString(): string {
    return `${this.scheme}://${this.path}`;
  }
}

function splitScheme(text: string): [string, string] {
  const [scheme = '', location = ''] = text.split(/:\/{0,2}(.*)/s);
  return [scheme, location];
}

const settings = {
  get: (_key: string, fallback?: unknown) => fallback,
  has: () => false,
  inspect: () => undefined,
};
const folder = { uri: Uri.file(path.resolve(process.argv[3] ?? '.')), name: 'bench', index: 0 };

const api = whatever({
  Uri,
  workspace: whatever({
    workspaceFolders: [folder],
    textDocuments: [],
    isTrusted: true,
    getConfiguration: () => settings,
    getWorkspaceFolder: () => folder,
  }),
  window: whatever({ activeTextEditor: undefined, visibleTextEditors: [] }),
});

// A bundle copies what a module has itself, and keeps what it inherits.
const vscode: unknown = Object.create(api);

export { vscode as 'module.exports' };

const memento = {
  ...settings,
  keys: () => [],
  update: () => Promise.resolve(),
  setKeysForSync: () => undefined,
};

/** What `activate` gets. */
export const context = whatever({
  subscriptions: [],
  extension: { id: 'permafrost.permafrost', packageJSON },
  extensionPath,
  extensionUri: Uri.file(extensionPath),
  storageUri: Uri.joinPath(folder.uri, 'storage'),
  globalStorageUri: Uri.joinPath(folder.uri, 'global-storage'),
  workspaceState: memento,
  globalState: memento,
  asAbsolutePath: (relative: string) => path.join(extensionPath, relative),
});

/** Something that has `known`, and besides is a class, a function and an object with anything at all in it. */
function whatever(known: Readonly<Record<string, unknown>> = {}): object {
  const members = new Map<string | symbol, unknown>(Object.entries(known));
  const stub: object = new Proxy(function () {}, {
    get: (target, name) => {
      // What `await`, `instanceof` and string templates ask for has to be what it is.
      if (name === 'then') return undefined;
      if (typeof name === 'symbol' || name === 'prototype') return Reflect.get(target, name);
      if (!members.has(name)) members.set(name, whatever());
      return members.get(name);
    },
    set: (_target, name, value) => members.set(name, value) === members,
    apply: () => whatever(),
    // A class that extends this one keeps its own members.
    construct: (target, _arguments, constructed) =>
      constructed === stub ? whatever() : Reflect.construct(target, [], constructed),
  });
  return stub;
}
