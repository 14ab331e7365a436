// Data test of step 8: a run of a catalog of version 7 is in its first attempt, which began with the log and with step 1.
import { expect, test } from 'vitest';
import { migrate } from '../../../../core/catalog/migrate.ts';
import { migrations } from '../../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

test('a run keeps its pace and its last words', () => {
  const path = `${tempFolder()}/catalog.db`;
  const db = openSqlite(path);
  migrate(db, path, migrations.slice(0, 7));
  db.exec(`INSERT INTO jobs (id, name, kind, host, state, spec, spec_sha256, command, folder, base_id, suite_name,
      suite_hash, suite_max, suite_min, total_steps, first_step_at, next_seq, created_at)
    VALUES ('j', 'n', 'grpo', 'local', 'RUNNING', '{}', 'x', '{}', 'f', 'b', 's', 'h', 1, 0, 60, 400, 7, 1)`);
  migrate(db, path, migrations.slice(0, 8));
  expect(db.prepare('SELECT first_step_at, first_step, next_seq, attempt_seq FROM jobs').all()).toEqual([
    { first_step_at: 400, first_step: 1, next_seq: 7, attempt_seq: 0 },
  ]);
  db.close();
});
