// The trainer's code as it is sent to a host: which files, and the hash that names them. Used by launch.ts and stage.ts.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface CodeBundle {
  /** SHA-256 over the lines `<sha256>  <path>\n`, sorted by path. */
  sha256: string;
  files: { path: string; from: string }[];
}

/** Python packages and the programs that start them, with the lock file that the trainer compares; no tests, no caches. */
const parts = ['forethought_trainer', 'host'];

/** Reads resources/trainer. Paths in the bundle have forward slashes on every system. */
export async function trainerBundle(trainerFolder: string): Promise<CodeBundle> {
  const files: CodeBundle['files'] = [];
  for (const part of parts) {
    const entries = await readdir(join(trainerFolder, part), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const from = join(entry.parentPath, entry.name);
      const path = from
        .slice(trainerFolder.length + 1)
        .split(sep)
        .join('/');
      if (entry.isFile() && /\.(py|json)$/.test(entry.name) && !/(^|\/)(\.|__pycache__)/.test(path))
        files.push({ path, from });
    }
  }
  files.push({ path: 'requirements.lock', from: join(trainerFolder, 'requirements.lock') });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${await fileSha256(file.from)}  ${file.path}\n`);
  return { sha256: hash.digest('hex'), files };
}

export async function fileSha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
