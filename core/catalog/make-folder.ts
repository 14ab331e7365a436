// The folder of a lab: made where it is missing, refused where nothing can be written. Called by lab-lock.ts before anything else.
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Throws the system's error (`code`): ENOTDIR for a file, EACCES or EROFS where nothing can be written, ENOENT in /proc. */
export function makeWritableFolder(path: string): void {
  make(path);
  if (!statSync(path).isDirectory()) throw Object.assign(new Error(`${path} is a file`), { code: 'ENOTDIR' });
  accessSync(path, constants.W_OK | constants.X_OK);
}

/** Level by level: Node's own recursive mkdir never returns in a file system that refuses new folders. */
function make(path: string): void {
  if (existsSync(path)) return;
  make(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
