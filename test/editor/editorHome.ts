import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** User settings of the editor, as in settings.json. */
export type Settings = Readonly<Record<string, unknown>>;

/** Everything of one editor that a user has at home, in one directory, so that nothing of the user's is touched. */
export interface EditorHome {
  readonly root: string;
  readonly userDataDir: string;
  readonly extensionsDir: string;
  /** `PERMAFROST_HOME` of whoever works on the same memories. */
  readonly permafrostHome: string;
}

/** Lays the directories out under `root`. */
export async function makeEditorHome(root: string): Promise<EditorHome> {
  const home: EditorHome = {
    root,
    userDataDir: join(root, 'user-data'),
    extensionsDir: join(root, 'extensions'),
    permafrostHome: join(root, 'permafrost'),
  };
  const { userDataDir, extensionsDir } = home;
  for (const directory of [...settingsDirectories(userDataDir), extensionsDir, join(root, 'home')]) {
    await mkdir(directory, { recursive: true });
  }
  return home;
}

/** An editor that starts quiet: nothing asks, nothing greets, nothing looks for updates. */
export const quietSettings: Settings = {
  'chat.commandCenter.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  // In a browser the editor saves by itself by default; on the desktop it does not.
  'files.autoSave': 'off',
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** Sets these user settings and leaves the others; an open editor takes them over at once. */
export async function writeSettings(
  home: Pick<EditorHome, 'userDataDir'>,
  settings: Settings,
): Promise<void> {
  for (const directory of settingsDirectories(home.userDataDir)) {
    const path = join(directory, 'settings.json');
    const kept = await readFile(path, 'utf8').catch(() => '{}');
    const all = { ...parseSettings(kept), ...settings };
    await writeFile(path, `${JSON.stringify(all, null, 2)}\n`);
  }
}

/** A browser is a remote window: settings of machine scope are read from `Machine`, the others from `User`. */
function settingsDirectories(userDataDir: string): string[] {
  return ['User', 'Machine'].map((name) => join(userDataDir, name));
}

function parseSettings(text: string): Settings {
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}

/** The environment of an editor at this home, whatever editor or npm script the harness itself was started from. */
export function editorEnvironment(home: EditorHome, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const foreign = /^(VSCODE|ELECTRON|CODE_SERVER|PERMAFROST|npm|XDG)_|^(NODE_OPTIONS|PORT|PASSWORD)$/i;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: join(home.root, 'home'),
    PERMAFROST_HOME: home.permafrostHome,
    ...extra,
  };
}
