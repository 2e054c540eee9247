// The classes and enumerations of `vscode`.

export class Disposable {
  static from = (...parts: readonly Disposable[]): Disposable =>
    new Disposable(() => parts.forEach((part) => part.dispose()));

  readonly dispose: () => void;

  constructor(dispose: () => void) {
    this.dispose = dispose;
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<(event: T) => void>();

  readonly event = (listener: (event: T) => void): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };

  fire(event: T): void {
    this.#listeners.forEach((listener) => listener(event));
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

interface UriParts {
  readonly scheme: string;
  readonly path: string;
  readonly query: string;
}

export class Uri implements UriParts {
  readonly scheme: string;
  readonly path: string;
  readonly query: string;

  private constructor({ scheme, path, query }: UriParts) {
    this.scheme = scheme;
    this.path = path;
    this.query = query;
  }

  static from = ({ query = '', ...parts }: Partial<UriParts> & Omit<UriParts, 'query'>): Uri =>
    new Uri({ ...parts, query });
  static file = (path: string): Uri => new Uri({ scheme: 'file', path, query: '' });
  static joinPath = ({ scheme, path, query }: Uri, ...parts: readonly string[]): Uri =>
    new Uri({ scheme, path: [path, ...parts].join('/'), query });
  static parse(text: string): Uri {
    const { protocol, pathname, search } = new URL(text);
    const [path, query] = [pathname, search.slice(1)].map(decodeURIComponent);
    return new Uri({ scheme: protocol.slice(0, -1), path: path ?? '', query: query ?? '' });
  }

  get fsPath(): string {
    return this.path;
  }

  toString(): string {
    const query = this.query === '' ? '' : `?${encodeURIComponent(this.query)}`;
    return `${this.scheme}:${this.scheme === 'file' ? '//' : ''}${encodeURI(this.path)}${query}`;
  }
}

export class FileSystemError extends Error {
  static FileNotFound = (what: unknown) => new FileSystemError(String(what));
}

export const FileType = { File: 1 };
export const FilePermission = { Readonly: 1 };
export const FileChangeType = { Changed: 1, Created: 2, Deleted: 3 };

export class LanguageModelToolCallPart {
  readonly callId: string;
  readonly name: string;
  readonly input: object;

  constructor(callId: string, name: string, input: object) {
    this.callId = callId;
    this.name = name;
    this.input = input;
  }
}

export class LanguageModelTextPart {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

export class LanguageModelToolResultPart {
  readonly callId: string;
  readonly content: readonly unknown[];

  constructor(callId: string, content: readonly unknown[]) {
    this.callId = callId;
    this.content = content;
  }
}

export const LanguageModelChatMessageRole = { User: 1, Assistant: 2 };
export const LanguageModelChatToolMode = { Auto: 1, Required: 2 };

export class MarkdownString {
  value: string;

  constructor(value = '') {
    this.value = value;
  }

  appendText(text: string): this {
    this.value += text;
    return this;
  }

  appendMarkdown = this.appendText.bind(this);
}

export class ChatResponseTurn {
  readonly participant: string;
  readonly result: object;

  constructor(participant: string, result: object) {
    this.participant = participant;
    this.result = result;
  }
}

/** What only its name is needed of. */
class Stub {
  readonly isStub = true;
}

export class McpStdioServerDefinition extends Stub {}

export class TabInputText {
  readonly uri: Uri;

  constructor(uri: Uri) {
    this.uri = uri;
  }
}

export class ThemeColor extends Stub {}
export class ThemeIcon extends Stub {}
export class TreeItem extends Stub {}
export class Location extends Stub {}
export const ProgressLocation = { Notification: 15 };
export const StatusBarAlignment = { Right: 2 };
export const TreeItemCollapsibleState = { None: 0, Expanded: 2 };
