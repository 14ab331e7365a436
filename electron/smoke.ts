// `--smoke`: proves that a packaged app starts. Waits until page and core are there, prints one line of JSON and quits. Called by main.ts.
import { app, type BrowserWindow } from 'electron';
import type { CoreHost } from './core-host.ts';

const limitMs = 60_000;

export async function smoke(window: BrowserWindow, core: CoreHost): Promise<void> {
  const started = Date.now();
  while (Date.now() - started < limitMs) {
    const title = await window.webContents.executeJavaScript('document.title').catch(() => null);
    const settled = core.state.state === 'ready' || core.state.state === 'failed';
    if (title && settled && !window.webContents.isLoading()) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const painted = await window.webContents.executeJavaScript(
    'document.getElementById("root")?.childElementCount > 0',
  );
  const versions = { electron: process.versions.electron, chrome: process.versions.chrome };
  console.log(JSON.stringify({ painted, core: core.state, ...versions, packaged: app.isPackaged }));
  await core.stop();
  app.exit(painted && core.state.state === 'ready' ? 0 : 1);
}
