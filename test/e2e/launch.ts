// Starts the real app for a test: the Electron that the setup found, an own lab and an own profile. Used by every end-to-end test.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { electronBinary } from '../../resources/setup/electron-binary.mjs';
import { rootFolder } from '../../resources/setup/paths.mjs';

export interface LaunchOptions {
  /** Folder of the lab; a fresh one that `close` removes where none is given. */
  lab?: string;
  /** Let a fresh lab start from the recorded sample, as it does for a person; else it is empty. */
  sample?: boolean;
  theme?: 'light' | 'dark';
  /** Size of the page in pixels. */
  width?: number;
  height?: number;
  env?: Record<string, string>;
}

export interface Launched {
  app: ElectronApplication;
  page: Page;
  lab: string;
  /** Process id of Electron's main process. */
  pid: number;
  /** Saves a screenshot where FORETHOUGHT_SHOTS says, or under test/e2e/shots. Returns its path. */
  shot(name: string): Promise<string>;
  /** Ends the app as a person would, kills it after 10 s, and removes what `launch` made. */
  close(): Promise<void>;
}

export async function launch(options: LaunchOptions = {}): Promise<Launched> {
  const binary = electronBinary();
  if (binary === null) throw new Error('No Electron is installed: run `npm run setup` first.');
  const own = mkdtempSync(join(tmpdir(), 'forethought-e2e-'));
  const lab = options.lab ?? join(own, 'lab');
  if (options.lab === undefined && !options.sample) makeEmptyLab(lab);
  const app = await startElectron({
    executablePath: binary.path,
    args: [
      // FORETHOUGHT_APP_ROOT tries another clone's build.
      process.env['FORETHOUGHT_APP_ROOT'] ?? rootFolder,
      ...(process.getuid?.() === 0 || process.env['CI'] ? ['--no-sandbox', '--disable-gpu'] : []),
      `--user-data-dir=${join(own, 'profile')}`,
      `--lab=${lab}`,
    ],
    env: { ...inherited(), DBUS_SESSION_BUS_ADDRESS: '/dev/null', ...options.env },
    timeout: 45_000,
  });
  const page = await app.firstWindow();
  await page.setViewportSize({ width: options.width ?? 1280, height: options.height ?? 800 });
  await page.emulateMedia({ colorScheme: options.theme ?? 'light' });
  const process_ = app.process();
  return {
    app,
    page,
    lab,
    pid: process_.pid ?? 0,
    async shot(name) {
      const folder = process.env['FORETHOUGHT_SHOTS'] ?? join(rootFolder, 'test', 'e2e', 'shots');
      mkdirSync(folder, { recursive: true });
      const path = join(folder, `${name}.png`);
      await page.screenshot({ path, animations: 'disabled' });
      return path;
    },
    async close() {
      const timer = setTimeout(() => process_.kill('SIGKILL'), 10_000);
      await app.close().catch(() => {});
      clearTimeout(timer);
      rmSync(own, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Playwright attaches while the first window is being made, and once in a while waits for one that it has missed: then again. */
async function startElectron(options: Parameters<typeof _electron.launch>[0]): Promise<ElectronApplication> {
  for (let left = 4; ; left -= 1) {
    try {
      return await _electron.launch(options);
    } catch (error) {
      if (left === 0) throw error;
      console.warn(
        `The app is started again: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
      );
    }
  }
}

/** The command line starts a lab from nothing, and the window leaves a lab that is there as it is. */
function makeEmptyLab(lab: string): void {
  execFileSync(process.execPath, [join(rootFolder, 'core', 'cli.ts'), 'lab', 'status', '--lab', lab], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** This process's environment without what would change the app's behaviour. */
function inherited(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'VITEST'].includes(entry[0]),
  );
  return Object.fromEntries(entries);
}
