// npm start [-- arguments]: sets up, then opens the app where there is a display, else runs the demo in this terminal.
import { electronBinary } from './electron-binary.mjs';
import { coreEnvironment, inRoot, node24Path, rootFolder } from './paths.mjs';
import { handOver } from './processes.mjs';
import { runSetup } from './run-setup.mjs';

const args = process.argv.slice(2);
const hasDisplay =
  process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

if (!(await runSetup(hasDisplay ? 'window' : 'terminal'))) process.exitCode = 1;
else if (hasDisplay) process.exitCode = await openApp();
else {
  console.log('No display here: running the demo in this terminal (forethought demo).');
  process.exitCode = await handOver(node24Path, [inRoot('core', 'cli.ts'), 'demo', ...args], {
    env: coreEnvironment(),
  });
}

async function openApp() {
  const binary = electronBinary();
  if (binary === null) throw new Error('the setup succeeded, but no Electron binary is there');
  console.log(`Opening the window (Electron ${binary.version}).`);
  // Chromium refuses to run its sandbox as root.
  const rootFlags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return handOver(binary.path, [rootFolder, ...rootFlags, ...args]);
}
