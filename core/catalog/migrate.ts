// Brings a catalog to the current version: all pending steps in one transaction, a copy beside it first, a newer file refused.
import { CoreError } from '../contract/errors.ts';
import { type Migration, migrations } from './migrations.ts';
import type { Sqlite } from './sqlite.ts';

/** Throws `too-new` for a file of a later program. Asked before anything is written, so that such a file stays as it is. */
export function refuseNewer(db: Sqlite, path: string, steps: readonly Migration[] = migrations): void {
  const known = steps.at(-1)?.version ?? 0;
  const found = versionOf(db);
  if (found > known)
    throw new CoreError(
      'too-new',
      `The catalog ${path} has version ${found}; this program knows up to ${known}. It was written by a newer Forethought: install that version, or name another lab folder by --lab. Nothing was changed.`,
      { path, found, known },
    );
}

/** Runs all pending steps or none. `steps` is the shipped history except in tests. */
export function migrate(db: Sqlite, path: string, steps: readonly Migration[] = migrations): void {
  const found = versionOf(db);
  const pending = steps.filter((step) => step.version > found);
  if (pending.length === 0) return;
  if (found > 0) db.prepare('VACUUM INTO ?').run(`${path}.before-v${steps.at(-1)?.version}-${Date.now()}`);
  db.transaction(() => {
    for (const step of pending) {
      db.exec(step.sql);
      db.pragma(`user_version = ${step.version}`);
    }
  }).immediate();
}

function versionOf(db: Sqlite): number {
  return Number(db.pragma('user_version', { simple: true }));
}
