import * as vscode from 'vscode';
import type { ChatMessage } from '../../core/vllm/requests.ts';
import { MODEL_VENDOR } from '../contributions/chat.ts';
import { earlierTurns } from './earlierTurns.ts';

/**
 * Opens a new chat that goes on in a session: the conversation so far, as far as the editor takes that, and `/resume`,
 * whose answer names the session to the chat. It is meant by its id: a name may be that of a window of another folder.
 * The editor has no published way to begin a chat with a history or with a session; so this goes by its own commands, and
 * where they are missing (as with the chat turned off) the thaw stands all the same, and `@permafrost /resume` can be
 * written by hand.
 */
export async function resumeInChat(
  sessionId: string,
  messages: readonly ChatMessage[],
  log: Pick<vscode.LogOutputChannel, 'warn'>,
): Promise<void> {
  const query = `@permafrost /resume ${sessionId}`;
  try {
    await vscode.commands.executeCommand('workbench.action.chat.newChat');
    // A chat takes no question while it knows of no model, and it asks us for ours only once it is open.
    await vscode.lm.selectChatModels({ vendor: MODEL_VENDOR });
    await vscode.commands.executeCommand('workbench.action.chat.open', {
      query,
      previousRequests: earlierTurns(messages),
    });
  } catch (thrown) {
    log.warn(`The chat could not be opened; "${query}" goes on with the conversation.`, thrown);
  }
}
