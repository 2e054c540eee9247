import * as vscode from 'vscode';
import { isTaken } from '../../core/windows/naming.ts';
import { Name } from '../../tools/windows/fields.ts';
import type { OpenContext } from '../../tools/environment.ts';

export interface NameQuestion {
  readonly title: string;
  readonly prompt: string;
  readonly value: string;
  /** A name that is as good as free: the one that the window has, or one that gets a number where it is taken. */
  readonly allowed?: string;
}

/** Asks for the name of a window, and says while one types why it cannot have that one. */
export async function askName(
  { store }: OpenContext,
  { allowed, ...options }: NameQuestion,
): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({
    ...options,
    validateInput: (typed) => {
      const value = typed.trim();
      if (value === '') return 'The window needs a name';
      const refused = Name.safeParse(value).error?.issues[0]?.message;
      if (refused !== undefined || value === allowed) return refused;
      return store.read((view) => isTaken(view, value)) ? 'Another window has that name' : undefined;
    },
  });
  return name?.trim();
}
