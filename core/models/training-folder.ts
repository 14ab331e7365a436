// A base's files under their own names, for the trainer: hard links to the blobs, made when they are asked for.
import { copyFile, link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../contract/errors.ts';
import type { ModelsDeps } from './deps.ts';
import type { StoredModel } from './model-rows.ts';

/** The folder's path; null for a base that is here as a GGUF only. */
export async function trainingFolder(deps: ModelsDeps, base: StoredModel): Promise<string | null> {
  if (base.folder === null) return null;
  const folder = join(deps.folder, base.folder);
  if (await isThere(folder)) return folder;
  const temp = `${folder}.tmp-${process.pid}`;
  try {
    await rm(temp, { recursive: true, force: true });
    await mkdir(temp, { recursive: true });
    for (const { name, sha256 } of base.files) {
      const blob = deps.blobs.path(sha256);
      await link(blob, join(temp, name)).catch(() => copyFile(blob, join(temp, name)));
    }
    await rename(temp, folder);
    return folder;
  } catch (error) {
    await rm(temp, { recursive: true, force: true });
    if (await isThere(folder)) return folder; // somebody else was faster
    throw diskError(error, `Laying out the files of ${base.name} for training`);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // the usual case before the first run
  }
}
