import * as vscode from 'vscode';

/** Characters of one attachment: about 5,000 tokens. */
const LONGEST = 20_000;

/** What the person attached to a question, as text. */
export async function attachmentsOf(references: readonly vscode.ChatPromptReference[]): Promise<string[]> {
  const texts = await Promise.all(references.map(({ value }) => textOf(value)));
  return texts.flatMap((text) => (text === undefined ? [] : [text.slice(0, LONGEST)]));
}

async function textOf(value: unknown): Promise<string | undefined> {
  if (typeof value === 'string') return value;
  if (value instanceof vscode.Uri) return fileText(value);
  return value instanceof vscode.Location ? fileText(value.uri, value.range) : undefined;
}

async function fileText(uri: vscode.Uri, range?: vscode.Range): Promise<string> {
  const document = await vscode.workspace.openTextDocument(uri);
  return `${vscode.workspace.asRelativePath(uri)}:\n\n${document.getText(range)}`;
}
