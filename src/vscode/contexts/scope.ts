import * as vscode from 'vscode';
import { NO_FOLDER, folderOf, type Folder } from '../../core/contexts/folder.ts';

/** What a context is for in this window: one of its folders, or the user when none is open. */
export interface Scope {
  readonly uri: string;
  readonly name: string;
  readonly folder: vscode.WorkspaceFolder | undefined;
}

/** The scopes of this window, in the order of its folders; never none. */
export function currentScopes(): readonly [Scope, ...Scope[]] {
  const [first, ...rest] = (vscode.workspace.workspaceFolders ?? []).map(scopeOf);
  return first === undefined ? [{ ...NO_FOLDER, folder: undefined }] : [first, ...rest];
}

/** @throws PF-4001 when the folder is not there. */
export function registeredFolder(scope: Scope): Folder {
  return scope.folder === undefined ? NO_FOLDER : folderOf(scope.uri, scope.name);
}

function scopeOf(folder: vscode.WorkspaceFolder): Scope {
  return { uri: folder.uri.toString(), name: folder.name, folder };
}
