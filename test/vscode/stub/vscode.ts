// As much of the `vscode` module as the parts need that tests run without an editor. The real one is in test/editor.

export class Disposable {
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

  static from = (parts: UriParts): Uri => new Uri(parts);
  static parse(text: string): Uri {
    const { protocol, pathname, search } = new URL(text);
    const [path, query] = [pathname, search.slice(1)].map(decodeURIComponent);
    return new Uri({ scheme: protocol.slice(0, -1), path: path ?? '', query: query ?? '' });
  }

  toString(): string {
    return `${this.scheme}:${encodeURI(this.path)}?${encodeURIComponent(this.query)}`;
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

/** What the settings say, for tests to change. */
export const configuration = new Map<string, unknown>();

export const workspace = {
  getConfiguration: (section: string) => ({ get: (name: string) => configuration.get(`${section}.${name}`) }),
};
