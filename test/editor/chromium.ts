import { chromium, type BrowserContext } from 'playwright-core';
import { findProgram } from './childProcess.ts';
import { ensureSystem } from './systemPackages.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const places = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
];

/** The path of a Chromium or Chrome: `CHROME_PATH`, else one that is installed, else Debian's, installed now. */
async function ensureChromium(): Promise<string> {
  const chosen = process.env['CHROME_PATH'];
  if (chosen !== undefined && chosen !== '') return chosen;
  return findChromium() ?? (await installChromium());
}

function findChromium(): string | undefined {
  return findProgram(...names, ...places);
}

async function installChromium(): Promise<string> {
  const need = { package: 'chromium', isMet: () => findChromium() !== undefined };
  if (process.platform === 'linux') await ensureSystem([need], 'the real-editor suite');
  const found = findChromium();
  if (found !== undefined) return found;
  throw new Error('No Chromium or Chrome found: install one, or set CHROME_PATH to its program.');
}

/** A browser without a display whose profile is kept in the directory; a profile serves one browser at a time. */
export async function launchChromium(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: await ensureChromium(),
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: [...quiet, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    permissions: ['clipboard-read', 'clipboard-write'],
  });
}

// The page is all that may be reached: without these Chromium looks for updates and hosts of its maker at every start.
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
