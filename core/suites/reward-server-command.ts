// How the reward server is started beside a trainer on this machine: Deno, which may read its own file and start the sandbox.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CoreError } from '../contract/errors.ts';
import { type SandboxPlaces, shell } from '../rewards/sandbox/command.ts';

const flags = ['run', '--no-prompt', '--no-remote', '--no-npm', '--no-config', '--no-lock', '--cached-only'];
const require = createRequire(import.meta.url);

/** Program and arguments. Throws `unavailable` where Deno, Pyodide or the bundle is missing. */
export function rewardServerCommand(bundlePath: string): string[] {
  const { denoPath, pyodideFolder, cacheFolder } = sandboxPlaces(bundlePath);
  return [
    ...[denoPath, ...flags, `--allow-read=${bundlePath}`, `--allow-run=${denoPath},${shell}`, bundlePath],
    ...['serve', denoPath, pyodideFolder, cacheFolder],
  ];
}

/** What the sandbox is made of on this machine. Throws `unavailable` for what is missing. */
export function sandboxPlaces(bundlePath: string): SandboxPlaces {
  if (!existsSync(bundlePath))
    throw new CoreError(
      'unavailable',
      `The reward bundle ${bundlePath} is missing. Run: npm run build:rewards`,
    );
  const denoPath = denoBinary();
  const pyodideFolder = packageFolder('pyodide');
  if (pyodideFolder === null)
    throw new CoreError('unavailable', 'Pyodide is not installed (package pyodide). Run: npm ci');
  return { denoPath, pyodideFolder, bundlePath, cacheFolder: join(userCache(), 'forethought', 'sandbox') };
}

function userCache(): string {
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

function packageFolder(name: string): string | null {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

function denoBinary(): string {
  const { platform, arch } = process;
  const name = platform === 'linux' ? `@deno/linux-${arch}-glibc` : `@deno/${platform}-${arch}`;
  const folder = packageFolder(name);
  const binary = folder && join(folder, platform === 'win32' ? 'deno.exe' : 'deno');
  if (binary && existsSync(binary)) return binary;
  throw new CoreError(
    'unavailable',
    `Deno for ${platform}-${arch} is not installed (package ${name}). Run: npm ci`,
  );
}
