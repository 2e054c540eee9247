import * as vscode from 'vscode';
import type { FreezeSource } from '../../core/windows/freeze.ts';
import { titleOf } from '../../core/windows/naming.ts';
import type { OpenContext } from '../../tools/environment.ts';
import { SCHEME } from '../memories/memoryUri.ts';
import { shortAge } from '../views/age.ts';
import { parseTranscript } from './transcript.ts';

/** Sessions offered, the last changed first. */
const SHOWN = 100;

/** A conversation that can be frozen, and a name for it. */
export interface Conversation {
  readonly source: FreezeSource;
  readonly name: string;
}

interface ConversationPick extends vscode.QuickPickItem {
  /** Reads the conversation. @throws PF-1001 when it is none. */
  readonly conversation: () => Conversation;
}

/** Lets the person choose what to freeze: a session with the server, or the document that is open. */
export async function pickConversation(
  context: OpenContext,
  model: string | undefined,
): Promise<Conversation | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  const picks = [
    ...sessionPicks(context),
    // A memory that is open is no conversation.
    ...(document === undefined || document.uri.scheme === SCHEME ? [] : [documentPick(document, model)]),
  ];
  if (picks.length === 0) {
    void vscode.window.showInformationMessage(
      'There is no conversation to freeze. Ask @permafrost something, or open a conversation as JSON or Markdown.',
    );
    return undefined;
  }
  return (
    await vscode.window.showQuickPick(picks, { title: 'Freeze Conversation', matchOnDescription: true })
  )?.conversation();
}

function sessionPicks({ windows }: OpenContext): ConversationPick[] {
  const sessions = (['active', 'thawed'] as const).flatMap(
    (state) => windows.sessions.list({ state, limit: SHOWN }).sessions,
  );
  return sessions
    .filter(({ messageCount }) => messageCount > 0)
    .toSorted((a, b) => b.updatedAt - a.updatedAt)
    .map(({ id, title, model, tokenCount, messageCount, updatedAt }) => {
      const size = tokenCount === null ? `${messageCount} messages` : `${tokenCount.toLocaleString()} tokens`;
      return {
        label: title,
        description: [model, size, shortAge(updatedAt, Date.now())]
          .filter((fact) => fact !== null)
          .join(' · '),
        iconPath: new vscode.ThemeIcon('comment-discussion'),
        conversation: () => ({ source: { sessionId: id }, name: title }),
      };
    });
}

function documentPick(document: vscode.TextDocument, configured: string | undefined): ConversationPick {
  const name = vscode.workspace.asRelativePath(document.uri);
  return {
    label: name,
    description: 'the document that is open',
    iconPath: new vscode.ThemeIcon('file'),
    conversation: () => {
      const { messages, model = configured, ...template } = parseTranscript(document.getText());
      return { source: { messages, model, template }, name: titleOf(messages) };
    },
  };
}
