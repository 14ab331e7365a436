// Which lab this app opens: --lab, else FORETHOUGHT_LAB, else the user's data folder. Called once by main.ts.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The absolute folder of the lab. `argv` may hold Chromium's own switches; they are left alone. */
export function labFolder(argv: readonly string[], env: NodeJS.ProcessEnv): string {
  const given = option(argv, '--lab') ?? env['FORETHOUGHT_LAB'];
  if (given) return resolve(given);
  const data = env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  return join(data, 'forethought', 'lab');
}

/** Value of `--name value` or `--name=value`. */
export function option(argv: readonly string[], name: string): string | undefined {
  const joined = argv.find((argument) => argument.startsWith(`${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 1);
  const at = argv.indexOf(name);
  return at === -1 ? undefined : argv[at + 1];
}
