// How the reward server is started beside a trainer on this machine: Deno with no permission but reading its own file.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CoreError } from '../contract/errors.ts';

const flags = ['run', '--no-prompt', '--no-remote', '--no-npm', '--no-config', '--no-lock', '--cached-only'];

/** Program and arguments. Throws `unavailable` where Deno or the bundle is missing. */
export function rewardServerCommand(bundlePath: string): string[] {
  if (!existsSync(bundlePath))
    throw new CoreError(
      'unavailable',
      `The reward bundle ${bundlePath} is missing. Run: npm run build:rewards`,
    );
  return [denoBinary(), ...flags, `--allow-read=${bundlePath}`, bundlePath];
}

function denoBinary(): string {
  const { platform, arch } = process;
  const name = platform === 'linux' ? `@deno/linux-${arch}-glibc` : `@deno/${platform}-${arch}`;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const binary = join(folder, platform === 'win32' ? 'deno.exe' : 'deno');
    if (existsSync(binary)) return binary;
  } catch {
    // said below: the package of this platform is not installed
  }
  throw new CoreError(
    'unavailable',
    `Deno for ${platform}-${arch} is not installed (package ${name}). Run: npm ci`,
  );
}
