// Data test of step 3: a run of a catalog of version 2 keeps where it is, with no damaged line before it.
import { expect, test } from 'vitest';
import { migrate } from '../../../../core/catalog/migrate.ts';
import { migrations } from '../../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

test('a run keeps its place in the log', () => {
  const path = `${tempFolder()}/catalog.db`;
  const db = openSqlite(path);
  migrate(db, path, migrations.slice(0, 2));
  db.exec(`INSERT INTO jobs (id, name, kind, host, state, spec, spec_sha256, command, folder, base_id, suite_name,
      suite_hash, suite_max, suite_min, total_steps, events_offset, next_seq, created_at)
    VALUES ('j', 'n', 'grpo', 'local', 'RUNNING', '{}', 'x', '{}', 'f', 'b', 's', 'h', 1, 0, 60, 400, 7, 1)`);
  migrate(db, path, migrations.slice(0, 3));
  expect(db.prepare('SELECT events_offset, next_seq, bad_lines FROM jobs').all()).toEqual([
    { events_offset: 400, next_seq: 7, bad_lines: 0 },
  ]);
  db.close();
});
