import * as vscode from 'vscode';

/** The tabs that show a document which is meant, with its URI: the name of what it is about may have been another then. */
export function tabsWith(isMeant: (uri: vscode.Uri) => boolean): { tab: vscode.Tab; uri: vscode.Uri }[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.flatMap((tab) => {
    const uri = tab.input instanceof vscode.TabInputText ? tab.input.uri : undefined;
    return uri !== undefined && isMeant(uri) ? [{ tab, uri }] : [];
  });
}
