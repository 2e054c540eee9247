import type * as vscode from 'vscode';
import type { OpenContext } from '../../tools/environment.ts';

/** Where a conversation of the chat view is kept: in the folder that it began in, whichever is active later. */
export interface KeptChat {
  readonly context: OpenContext;
  /** Undefined until its first answer. */
  readonly sessionId: string | undefined;
}

/** One request of the chat view, with what is needed to answer it. */
export interface ChatTurn {
  /** The context of the active folder. */
  readonly context: OpenContext;
  /** The contexts of the other folders of this window, as far as they can be opened. */
  readonly otherContexts: () => Promise<readonly OpenContext[]>;
  readonly request: vscode.ChatRequest;
  readonly stream: vscode.ChatResponseStream;
  readonly kept: KeptChat;
  readonly signal: AbortSignal;
}
