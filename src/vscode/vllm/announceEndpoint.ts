import * as vscode from 'vscode';
import type { ActiveScope } from '../contexts/activeScope.ts';
import { contextKeys } from '../contributions/views.ts';
import type { VllmConnections } from './connections.ts';

/** Keeps the key of `when` clauses up to date that says whether a vLLM server is named. */
export function announceEndpoint(connections: VllmConnections, active: ActiveScope): vscode.Disposable {
  const announce = () =>
    void vscode.commands.executeCommand('setContext', contextKeys.hasEndpoint, isNamed());
  const isNamed = () => {
    try {
      return connections.choices(active.get()).length > 0;
    } catch {
      return true; // Something is named that is no address: whoever uses it is told what is wrong.
    }
  };
  announce();
  return vscode.Disposable.from(
    active.onDidChange(announce),
    vscode.workspace.onDidGrantWorkspaceTrust(announce),
    vscode.workspace.onDidChangeConfiguration(
      (event) => event.affectsConfiguration('permafrost.vllm') && announce(),
    ),
  );
}
