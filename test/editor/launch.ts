import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { endGroup, run } from './childProcess.ts';
import { launchChromium } from './chromium.ts';
import { ensureCodeServer, type CodeServer } from './codeServer.ts';
import {
  editorEnvironment,
  makeEditorHome,
  quietSettings,
  writeSettings,
  type EditorHome,
  type Settings,
} from './editorHome.ts';
import { directories, startServer } from './editorServer.ts';
import { newProbeAccess, type ProbeAccess } from './probe.ts';
import { packageProbe } from './probePackage.ts';
import { Workbench } from './workbench.ts';

export interface LaunchOptions {
  /** The extension under test, packaged. */
  readonly vsix: string;
  /** The folder to open. */
  readonly folder: string;
  /** Where the editor keeps everything; made anew and removed again if absent. The same one again is a restart. */
  readonly home?: string;
  readonly settings?: Settings;
  readonly env?: NodeJS.ProcessEnv;
  /** Absent or 0: a free one. A browser keeps secrets and view state by port, so a restart names the one before. */
  readonly port?: number;
  /** Whether the probe is installed beside the extension, as tests need and people do not; default true. */
  readonly probe?: boolean;
}

/** A running editor, served on 127.0.0.1. */
export interface Editor {
  readonly url: string;
  readonly port: number;
  readonly home: EditorHome;
  readonly probe: ProbeAccess;
  /** The one browser of this editor, opened on first use; its pages are the editor's windows. */
  browser(): Promise<BrowserContext>;
  /** Ends the server and the browser, and removes the home if it was made here. */
  close(): Promise<void>;
}

/** Installs the VSIX into an editor of its own and starts it on the folder; resolves when it answers. */
export async function launchEditor(options: LaunchOptions): Promise<Editor> {
  const codeServer = await ensureCodeServer();
  const root = options.home ?? (await mkdtemp(join(tmpdir(), 'permafrost-editor-')));
  const remove =
    options.home === undefined ? () => rm(root, { recursive: true, force: true }) : async () => {};
  try {
    return await launchAt(root, codeServer, options, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function launchAt(
  root: string,
  codeServer: CodeServer,
  options: LaunchOptions,
  remove: () => Promise<void>,
): Promise<Editor> {
  const home = await makeEditorHome(root);
  const probe = newProbeAccess(root);
  await writeSettings(home, { ...quietSettings, ...options.settings });
  await installExtensions(codeServer, home, options);
  const env = editorEnvironment(home, { ...probe.env, ...options.env });
  const { child, origin } = await startServer(codeServer, home, options, env);
  const browser = lazyBrowser(join(root, 'browser'));
  return {
    url: `${origin}/?folder=${encodeURIComponent(options.folder)}`,
    port: Number(new URL(origin).port),
    home,
    probe,
    browser: () => browser.open(),
    close: async () => {
      await browser.close();
      await endGroup(child);
      await remove();
    },
  };
}

/** Opens a window of the editor in the browser; resolves when the workbench is there to be used. */
export async function openPage(editor: Editor, options: { theme?: Theme } = {}): Promise<Workbench> {
  const theme = options.theme ?? 'dark';
  await writeSettings(editor.home, {
    ...plainTyping,
    'workbench.colorTheme': themes[theme],
    'window.autoDetectColorScheme': false,
  });
  const browser = await editor.browser();
  const page = await browser.newPage();
  await page.emulateMedia({ colorScheme: theme });
  await page.goto(editor.url);
  page.setDefaultTimeout(15_000);
  const workbench = new Workbench(page);
  await workbench.ready();
  return workbench;
}

/** What is typed is what stands there: the editor adds nothing of its own. */
const plainTyping: Settings = {
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'none',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
};

export type Theme = keyof typeof themes;

const themes = { dark: 'Dark Modern', light: 'Light Modern' } as const;

async function installExtensions(
  codeServer: CodeServer,
  home: EditorHome,
  options: LaunchOptions,
): Promise<void> {
  const vsixes = [options.vsix, ...(options.probe === false ? [] : [await packageProbe(home.root)])];
  const installs = vsixes.flatMap((vsix) => ['--install-extension', vsix]);
  await run(codeServer.command, [...codeServer.args, ...directories(home), '--force', ...installs], {
    env: editorEnvironment(home),
  });
}

function lazyBrowser(profile: string): { open(): Promise<BrowserContext>; close(): Promise<void> } {
  let opened: Promise<BrowserContext> | undefined;
  return {
    open: () => (opened ??= launchChromium(profile)),
    close: async () => {
      if (opened !== undefined) await (await opened).close();
    },
  };
}
