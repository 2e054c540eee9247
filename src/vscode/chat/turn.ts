import type * as vscode from 'vscode';
import type { OpenContext } from '../../tools/environment.ts';

/** One request of the chat view, with what is needed to answer it. */
export interface ChatTurn {
  readonly context: OpenContext;
  readonly request: vscode.ChatRequest;
  readonly stream: vscode.ChatResponseStream;
  /** The session that this conversation of the chat view is kept as. */
  readonly sessionId: string | undefined;
  readonly signal: AbortSignal;
}

/** The session that the conversation goes on in, if one. */
export interface TurnOutcome {
  readonly sessionId: string | undefined;
}
