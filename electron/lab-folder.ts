// Which lab this app opens: --lab, else FORETHOUGHT_LAB, else the user's data folder. Called once by main.ts.
// The command line has the same rule (core/lab/places.ts); a test holds the two together.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The absolute folder of the lab. `argv` may hold Chromium's own switches; they are left alone. */
export function labFolder(argv: readonly string[], env: NodeJS.ProcessEnv): string {
  const given = option(argv, '--lab') ?? env['FORETHOUGHT_LAB'];
  if (given) return resolve(given);
  return join(dataFolder(env), 'forethought', 'lab');
}

function dataFolder(env: NodeJS.ProcessEnv): string {
  if (env['XDG_DATA_HOME']) return env['XDG_DATA_HOME'];
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  if (process.platform === 'win32') return env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming');
  return join(homedir(), '.local', 'share');
}

/** Value of `--name value` or `--name=value`. */
export function option(argv: readonly string[], name: string): string | undefined {
  const joined = argv.find((argument) => argument.startsWith(`${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 1);
  const at = argv.indexOf(name);
  return at === -1 ? undefined : argv[at + 1];
}
