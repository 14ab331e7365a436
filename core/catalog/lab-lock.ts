// One core per lab: an SQLite file held exclusively. The operating system lets go of it when the process dies, however it dies.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreError, diskError } from '../contract/errors.ts';
import { makeWritableFolder } from './make-folder.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

/** A file on the way, a place that takes no folders, a name that is none. */
const notAFolder = [
  'EEXIST',
  'ENOTDIR',
  'ENOENT',
  'ELOOP',
  'ENAMETOOLONG',
  'ERR_INVALID_ARG_VALUE',
  'SQLITE_CANTOPEN',
];

/** Takes the lab or throws `busy`, naming the process that holds it, or `bad-input` for what is no folder. Returns the release. */
export function lockLab(folder: string): () => void {
  const path = join(folder, 'lab.lock');
  const holder = join(folder, 'lab.pid');
  let db: Sqlite | undefined;
  try {
    makeWritableFolder(folder);
    db = openSqlite(path, { waitMs: 300 });
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (one INTEGER); COMMIT');
    writeFileSync(holder, `${process.pid}\n`);
  } catch (error) {
    db?.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY')
      throw new CoreError(
        'busy',
        `The lab ${folder} is open in another Forethought${heldBy(holder)}. Close it there, or name another folder by --lab. Nothing was changed.`,
        { folder },
      );
    if (notAFolder.includes(String((error as { code?: string }).code)))
      throw new CoreError(
        'bad-input',
        `--lab: ${folder} is not a folder that can be used as a lab. Name a folder of your own, or one that does not exist yet. Nothing was changed.`,
        { folder },
        error,
      );
    throw diskError(error, `Opening the lab ${folder}`);
  }
  const held = db;
  return () => held.close();
}

function heldBy(path: string): string {
  try {
    return ` (process ${readFileSync(path, 'utf8').trim()})`;
  } catch {
    return ''; // the holder has not written its number yet
  }
}
