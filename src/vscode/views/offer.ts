import * as vscode from 'vscode';

/** Shows a quiet notification with a button; what the button does fails like a command of its own. */
export function offer(
  message: string,
  button: string,
  action: () => void | Promise<void>,
  failed: (thrown: unknown) => void,
): void {
  void vscode.window.showInformationMessage(message, button).then(async (answer) => {
    if (answer !== button) return;
    try {
      await action();
    } catch (thrown) {
      failed(thrown);
    }
  });
}
