// Data test of step 6: suites of a catalog of version 5 are there, none of them removed.
import { expect, test } from 'vitest';
import { migrate } from '../../../../core/catalog/migrate.ts';
import { migrations } from '../../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

test('suites stay, and none counts as removed', () => {
  const path = `${tempFolder()}/catalog.db`;
  const db = openSqlite(path);
  migrate(db, path, migrations.slice(0, 5));
  db.exec("INSERT INTO suites (name, version, json, note, created_at) VALUES ('mine', 1, '{}', 'n', 1)");
  migrate(db, path, migrations.slice(0, 6));
  expect(db.prepare('SELECT name, version, json, note, created_at, removed_at FROM suites').all()).toEqual([
    { name: 'mine', version: 1, json: '{}', note: 'n', created_at: 1, removed_at: null },
  ]);
  db.close();
});
