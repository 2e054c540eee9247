import * as vscode from 'vscode';
import { unreadableCall } from '../../core/errors.ts';
import type { Generation } from '../../core/vllm/generation.ts';
import type { ChatMessage, JsonObject } from '../../core/vllm/requests.ts';

/** The messages of an agent in the form that vLLM takes. */
export function toChatMessages(messages: readonly vscode.LanguageModelChatRequestMessage[]): ChatMessage[] {
  return messages.flatMap(toChatMessage);
}

export function toTool({ name, description, inputSchema }: vscode.LanguageModelChatTool): JsonObject {
  const parameters = inputSchema ?? { type: 'object', properties: {} };
  return { type: 'function', function: { name, description, parameters } };
}

/** @throws PF-7004 when the model wrote arguments that are no JSON. */
export function toToolCallPart({
  id,
  name,
  arguments: json,
}: Generation['toolCalls'][number]): vscode.LanguageModelToolCallPart {
  const input = inputOf(name, json);
  return new vscode.LanguageModelToolCallPart(
    id,
    name,
    typeof input === 'object' && input !== null ? input : {},
  );
}

/** The server passes on what the model wrote. */
function inputOf(tool: string, json: string): unknown {
  try {
    return JSON.parse(json === '' ? '{}' : json);
  } catch (cause) {
    throw unreadableCall(tool, cause);
  }
}

/** Results of tools become messages of their own, before what else the message says. */
function toChatMessage({ role, content }: vscode.LanguageModelChatRequestMessage): ChatMessage[] {
  const results = content.filter((part) => part instanceof vscode.LanguageModelToolResultPart);
  const calls = content.filter((part) => part instanceof vscode.LanguageModelToolCallPart);
  const text = textOf(content);
  const answers = results.map((result) => ({
    role: 'tool',
    tool_call_id: result.callId,
    content: textOf(result.content),
  }));
  if (text === '' && calls.length === 0) return answers;
  const said: ChatMessage = { role: roleOf(role), content: text };
  return [...answers, calls.length === 0 ? said : { ...said, tool_calls: calls.map(toolCall) }];
}

function toolCall({ callId, name, input }: vscode.LanguageModelToolCallPart): JsonObject {
  return { id: callId, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function textOf(content: readonly unknown[]): string {
  return content
    .flatMap((part) => (part instanceof vscode.LanguageModelTextPart ? [part.value] : []))
    .join('');
}

/** The editor's own agents send system messages, with a role that is not in the published API yet. */
function roleOf(role: vscode.LanguageModelChatMessageRole): string {
  if (role === vscode.LanguageModelChatMessageRole.User) return 'user';
  return role === vscode.LanguageModelChatMessageRole.Assistant ? 'assistant' : 'system';
}
