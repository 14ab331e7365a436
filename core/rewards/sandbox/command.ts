// The command line of a sandboxed process: what Deno may do, what V8 may use, what the kernel allows. Used by executor.ts.
import type { SandboxLimits } from './limits.ts';

export interface SandboxPlaces {
  denoPath: string;
  /** Folder of the npm package `pyodide`. */
  pyodideFolder: string;
  /** The reward bundle, which is also the program inside of the sandbox (guest.ts). */
  bundlePath: string;
  /** Where the snapshot is kept; made when it is not there. */
  cacheFolder: string;
}

const denoFlags = ['--no-prompt', '--no-remote', '--no-npm', '--no-config', '--no-lock', '--cached-only'];

/** What a process takes beside Python's own memory before the kernel refuses more; MiB. Most of it is V8's reservation for code. */
const PROCESS_MB = 768;

/** Makes the snapshot: the only sandboxed process that may write, and it runs no code but ours. */
export function freezeCommand(places: SandboxPlaces): string[] {
  const { denoPath, pyodideFolder, bundlePath, cacheFolder } = places;
  return [
    ...[denoPath, 'run', ...denoFlags],
    `--allow-read=${pyodideFolder},${bundlePath},${cacheFolder}`,
    `--allow-write=${cacheFolder}`,
    ...[bundlePath, 'freeze', pyodideFolder, cacheFolder],
  ];
}

/** One interpreter. It may read Pyodide, the snapshot and its own program, and nothing else. */
export function guestCommand(places: SandboxPlaces, snapshot: string, limits: SandboxLimits): string[] {
  const { denoPath, pyodideFolder, bundlePath } = places;
  const v8 = [
    '--max-old-space-size=256',
    // Room for all that a start allocates: it is over before a collection would have paid.
    '--min-semi-space-size=64',
    '--max-semi-space-size=64',
    `--wasm-max-mem-pages=${limits.memoryMb * 16}`,
    '--disallow-code-generation-from-strings',
    '--stack-size=3900',
    // Starting is most of the work: compile synchronously, and optimise only what runs for long.
    '--no-wasm-async-compilation',
    '--wasm-tiering-budget=300000000',
  ];
  const deno = [
    ...[denoPath, 'run', ...denoFlags, `--v8-flags=${v8.join(',')}`],
    `--allow-read=${pyodideFolder},${bundlePath},${snapshot}`,
    ...[bundlePath, 'guest', pyodideFolder, snapshot, String(limits.outputBytes)],
  ];
  return withinKernelLimits(deno, limits);
}

/** No core dumps, bounded processor time and data segment. Windows has no such shell: there V8's limits remain. */
function withinKernelLimits(command: string[], limits: SandboxLimits): string[] {
  if (!command[0]?.startsWith('/')) return command;
  const kilobytes = (limits.memoryMb + PROCESS_MB) * 1024;
  // The soft limit comes first and ends the process with SIGXCPU, which tells it from a kill by the system.
  const cpu = `ulimit -S -t ${limits.cpuSeconds}; ulimit -H -t ${limits.cpuSeconds + 5}`;
  const script = `ulimit -c 0; ${cpu}; ulimit -d ${kilobytes}; exec "$0" "$@"`;
  return [shell, '-c', script, ...command];
}

/** What a reward server must be allowed to run, beside Deno itself. */
export const shell = '/bin/sh';
