import {
  downloadAndUnzipVSCode,
  resolveCliPathFromVSCodeExecutablePath,
  SilentReporter,
} from '@vscode/test-electron';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cacheDirectory } from './cacheDirectory.ts';
import { findProgram, run } from './childProcess.ts';
import { editorEnvironment, type EditorHome } from './editorHome.ts';
import { directories } from './editorServer.ts';

/**
 * A desktop VS Code that can be opened here, on a display: `code` on PATH, else one downloaded from Microsoft where
 * that can be reached.
 */
export async function findDesktopEditor(): Promise<string | undefined> {
  return hasDisplay() ? (findProgram('code') ?? (await downloadedEditor())) : undefined;
}

async function downloadedEditor(): Promise<string | undefined> {
  try {
    const cachePath = join(cacheDirectory(), 'vscode');
    const executable = await downloadAndUnzipVSCode({
      cachePath,
      reporter: new SilentReporter(),
      timeout: 15_000,
    });
    return resolveCliPathFromVSCodeExecutablePath(executable);
  } catch (cause) {
    console.log(
      `No desktop VS Code is here and none could be downloaded (${String(cause)}): taking code-server.`,
    );
    return undefined;
  }
}

/** Whether a window can be shown to somebody. */
export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY']) || Boolean(process.env['WAYLAND_DISPLAY']);
}

/** An editor window of the desktop. */
export interface DesktopWindow {
  /** Resolves when the user has closed it. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Opens the folder in a desktop VS Code that has this VSIX and nothing of the user's. */
export async function openDesktopEditor(
  code: string,
  home: EditorHome,
  options: { readonly vsix: string; readonly folder: string },
): Promise<DesktopWindow> {
  // The user's own HOME stays: the desktop's fonts, keyring and display access live there.
  const env = editorEnvironment(home, { HOME: process.env['HOME'], ...desktopSession() });
  const shell = process.platform === 'win32';
  await run(code, [...directories(home), '--force', '--install-extension', options.vsix], { env, shell });
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const flags = ['--new-window', '--wait', '--disable-workspace-trust', ...asRoot];
  const child = spawn(code, [...directories(home), ...flags, options.folder], {
    env,
    shell,
    stdio: 'ignore',
  });
  return { closed: ended(child), close: () => void child.kill() };
}

function desktopSession(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('XDG_')));
}

async function ended(child: ChildProcess): Promise<void> {
  await once(child, 'exit');
}
