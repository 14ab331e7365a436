// Brings a catalog to the current version: all pending steps in one transaction, a copy beside it first, a newer file refused.
import { CoreError } from '../contract/errors.ts';
import { type Migration, migrations } from './migrations.ts';
import type { Sqlite } from './sqlite.ts';

/** Throws `too-new` for a file of a later program. `steps` is the shipped history except in tests. */
export function migrate(
  db: Sqlite,
  path: string,
  isNew: boolean,
  steps: readonly Migration[] = migrations,
): void {
  const target = steps.at(-1)?.version ?? 0;
  const found = Number(db.pragma('user_version', { simple: true }));
  if (found > target)
    throw new CoreError(
      'too-new',
      `The catalog ${path} has version ${found}; this program knows up to ${target}. It was written by a newer Forethought: install that version, or name another lab folder by --lab. Nothing was changed.`,
      { path, found, known: target },
    );
  const pending = steps.filter((step) => step.version > found);
  if (pending.length === 0) return;
  if (!isNew && found > 0) db.prepare('VACUUM INTO ?').run(`${path}.before-v${target}-${Date.now()}`);
  db.transaction(() => {
    for (const step of pending) {
      db.exec(step.sql);
      db.pragma(`user_version = ${step.version}`);
    }
  }).immediate();
}
