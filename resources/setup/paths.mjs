// Where things are: the clone, the caches of this user, the programs that the setup brings. Used by every setup file.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the clone (the one with package.json). */
export const rootFolder = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** @param {string[]} parts */
export function inRoot(...parts) {
  return join(rootFolder, ...parts);
}

/**
 * What setup keeps for this user and shares between clones.
 * @param {string[]} parts
 */
export function inCache(...parts) {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'forethought', ...parts);
}

const isWindows = process.platform === 'win32';

/** The Node that everything of ours runs on, whatever the system's Node is. */
export const node24Path = inRoot('node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');

/** The folder of the trainer's package and its locked requirements. */
export const trainerFolder = inRoot('resources', 'trainer');

/**
 * SHA-256 of a file as hex, or null where there is none.
 * @param {string} path
 */
export function fileHash(path) {
  if (!existsSync(path)) return null;
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/**
 * The interpreter inside a Python environment.
 * @param {string} folder
 */
export function pythonIn(folder) {
  return isWindows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/** For the core on Node 24: compiled code is kept between calls, so that a command starts in less than half the time. */
export function coreEnvironment() {
  return { NODE_COMPILE_CACHE: inCache('compiled'), ...process.env };
}
