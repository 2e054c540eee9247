import type { ChildProcess } from 'node:child_process';
import { endGroup, lastLines, spawnGroup } from './childProcess.ts';
import type { CodeServer } from './codeServer.ts';
import type { EditorHome } from './editorHome.ts';

/** The flags that keep an editor within its home. */
export function directories(home: EditorHome): string[] {
  return ['--user-data-dir', home.userDataDir, '--extensions-dir', home.extensionsDir];
}

/** A code-server that runs. */
export interface EditorServer {
  readonly child: ChildProcess;
  readonly origin: string;
}

const serverFlags = [
  '--auth=none',
  '--disable-workspace-trust',
  '--disable-telemetry',
  '--disable-update-check',
  '--disable-getting-started-override',
  '--enable-proposed-api=permafrost-test.probe',
  // An extension host whose window is gone ends soon.
  '--reconnection-grace-time=5',
];

/** Starts code-server at this home on 127.0.0.1; resolves when it answers, and rejects with its last words if it ends. */
export async function startServer(
  codeServer: CodeServer,
  home: EditorHome,
  options: { readonly folder: string; readonly port?: number },
  env: NodeJS.ProcessEnv,
): Promise<EditorServer> {
  const flags = [...serverFlags, `--bind-addr=127.0.0.1:${options.port ?? 0}`, ...directories(home)];
  const child = spawnGroup(codeServer.command, [...codeServer.args, ...flags, options.folder], env);
  try {
    return { child, origin: await listeningAt(child) };
  } catch (error) {
    await endGroup(child);
    throw error;
  }
}

/** The address that the server prints when it answers. */
function listeningAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string): void => reject(new Error(`code-server ${what}:\n${lastLines(output, 15)}`));
    const timer = setTimeout(fail, 60_000, 'did not start within 60 s');
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const match = /HTTP server listening on (http:\/\/[\d.:]+)/.exec(output);
      if (match?.[1] === undefined) return;
      clearTimeout(timer);
      resolve(match[1]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => fail('ended at once'));
    child.once('error', reject);
  });
}
