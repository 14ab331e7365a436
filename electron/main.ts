// Electron's main process: windows, the core, native questions. Holds no data and does no long work. Built to dist/electron/main.js.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, type BrowserWindow, ipcMain, type MessagePortMain, nativeTheme, session } from 'electron';
import { appPaths } from './app-paths.ts';
import { type CoreHost, createCoreHost, type RelayPort } from './core-host.ts';
import { labFolder, option } from './lab-folder.ts';
import { setMenu } from './menu.ts';
import { answerNativeCalls } from './native.ts';
import { registerAppScheme, serveApp } from './protocol.ts';
import { closeNavigation, closeSession, isTrusted } from './security.ts';
import { smoke } from './smoke.ts';
import { recall, remember } from './window-memory.ts';
import { openWindow } from './windows.ts';

// The terminal that started the app may go away before it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const lab = labFolder(process.argv, process.env);
const paths = appPaths(app.getAppPath(), process.platform);
const isSmoke = process.argv.includes('--smoke');
let window: BrowserWindow | null = null;

// Chromium cannot sandbox for root; then the switch says so, and pages still get no Node (see windows.ts).
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
registerAppScheme();
closeNavigation();
const userData = chooseUserData();

// One app per lab: a second start brings the first one's window to the front. (The core guards the lab's files by its own lock.)
if (app.requestSingleInstanceLock()) await run();
else app.exit(0);

async function run(): Promise<void> {
  const memory = recall(userData);
  nativeTheme.themeSource = memory.theme;
  const core = createCoreHost({
    command: [paths.node, paths.coreMain, '--lab', lab],
    cwd: paths.root,
    // Compiled code is kept between starts: the core is there in half the time.
    env: { NODE_COMPILE_CACHE: join(userData, 'compiled') },
    onState: (state) => window?.webContents.send('core:state', state),
    onOutput: (text) => process.stderr.write(text),
  });
  core.start();
  quitWithCore(core);

  const show = () => {
    window = openWindow({ ...paths, userData, memory: recall(userData), show: !isSmoke });
    window.on('closed', () => {
      window = null;
    });
    return window;
  };
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  app.on('activate', () => {
    if (window === null) show();
  });

  setMenu();
  // Not awaited at the top level: Electron is ready only after this module has been evaluated.
  void app.whenReady().then(() => {
    closeSession(session.defaultSession);
    serveApp(session.defaultSession, paths.windowFolder, () =>
      core.state.state === 'ready' ? core.state.lab : lab,
    );
    answerNativeCalls({
      labFolder: lab,
      coreState: () => core.state,
      restartCore: () => core.restart(),
      rememberTheme: (theme) => remember(userData, { theme }),
    });
    ipcMain.on('core:connect', (event) => {
      const port = event.ports[0];
      if (port && isTrusted(event)) core.connect(relayPort(port));
    });
    const opened = show();
    if (isSmoke) void smoke(opened, core);
  });
}

/** Chromium's profile: what --user-data-dir says, else one per lab, so that two labs can be open at once. */
function chooseUserData(): string {
  const given = option(process.argv, '--user-data-dir');
  const labKey = createHash('sha256').update(lab).digest('hex').slice(0, 12);
  const folder = given ?? join(app.getPath('appData'), 'forethought', `window-${labKey}`);
  mkdirSync(folder, { recursive: true });
  app.setPath('userData', folder);
  return folder;
}

/** The core leaves before the app does; runs on hosts are detached from both and go on. */
function quitWithCore(core: CoreHost): void {
  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    void core.stop().finally(() => {
      stopped = true;
      app.quit();
    });
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
}

function relayPort(port: MessagePortMain): RelayPort {
  return {
    postMessage: (data) => port.postMessage(data),
    onMessage: (listener) => port.on('message', (event) => listener(event.data)),
    onClose: (listener) => port.on('close', listener),
    start: () => port.start(),
    close: () => port.close(),
  };
}
