// Makes the app's window: closed off from Node, coloured before the first paint, put where it was. Called by main.ts.
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { appOrigin } from './security.ts';
import { remember, type WindowMemory } from './window-memory.ts';

/** The ground colours of renderer/ui/tokens.css, so that nothing flashes. */
const ground = { light: '#f5f4f0', dark: '#121315' };

export interface WindowOptions {
  preload: string;
  icon: string;
  userData: string;
  memory: WindowMemory;
  /** False keeps it hidden for good (smoke test). */
  show: boolean;
}

export function openWindow({ preload, icon, userData, memory, show }: WindowOptions): BrowserWindow {
  const place = onScreen(memory.bounds) ?? { width: 1280, height: 800 };
  const window = new BrowserWindow({
    ...place,
    minWidth: 960,
    minHeight: 600,
    useContentSize: memory.bounds === null,
    show: false,
    title: 'Forethought',
    icon,
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? ground.dark : ground.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (show) {
    window.once('ready-to-show', () => {
      if (memory.maximized) window.maximize();
      window.show();
    });
  }
  window.on('close', () => {
    remember(userData, { bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  });
  reloadAfterCrash(window);
  void window.loadURL(`${appOrigin}/`);
  return window;
}

/** The page holds nothing durable, so a crashed one is simply loaded again; one that crashes at once stays down. */
function reloadAfterCrash(window: BrowserWindow): void {
  let lastCrash = 0;
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    console.error(`The page is gone (${reason}, ${exitCode}).`);
    if (Date.now() - lastCrash > 10_000) window.webContents.reload();
    lastCrash = Date.now();
  });
}

/** The remembered place, unless its screen is gone. */
function onScreen(bounds: WindowMemory['bounds']): WindowMemory['bounds'] {
  if (bounds === null) return null;
  const visible = screen.getAllDisplays().some(({ workArea }) => {
    const acrossX =
      Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x);
    const acrossY =
      Math.min(bounds.y + bounds.height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y);
    return acrossX > 100 && acrossY > 100;
  });
  return visible ? bounds : null;
}
