import * as vscode from 'vscode';
import { wholeCharacters } from '../../core/wholeCharacters.ts';

/** Characters of one attachment: about 5,000 tokens. */
const LONGEST = 20_000;

/** What the person attached to a question. */
interface Attachments {
  readonly texts: readonly string[];
  readonly unread: readonly Unread[];
}

/** What has no text, or none that can be read now: a picture, a folder, a file that was deleted. */
interface Unread {
  readonly name: string;
  readonly cause?: unknown;
}

export async function attachmentsOf(references: readonly vscode.ChatPromptReference[]): Promise<Attachments> {
  const read = await Promise.all(references.map(contentOf));
  return {
    texts: read.flatMap((each) => (typeof each === 'string' ? [wholeCharacters(each, LONGEST)] : [])),
    unread: read.filter((each) => typeof each !== 'string'),
  };
}

async function contentOf(reference: vscode.ChatPromptReference): Promise<string | Unread> {
  const { value } = reference;
  if (typeof value === 'string') return value;
  if (value instanceof vscode.Uri) return fileText(value);
  return value instanceof vscode.Location ? fileText(value.uri, value.range) : { name: nameOf(reference) };
}

async function fileText(uri: vscode.Uri, range?: vscode.Range): Promise<string | Unread> {
  const name = vscode.workspace.asRelativePath(uri);
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    return `${name}:\n\n${document.getText(range)}`;
  } catch (cause) {
    return { name, cause };
  }
}

/** The editor tells a name too, which is not in the published API yet. */
function nameOf(reference: vscode.ChatPromptReference): string {
  return 'name' in reference && typeof reference.name === 'string' ? reference.name : reference.id;
}
