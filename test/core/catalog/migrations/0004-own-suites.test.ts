// Data test of step 4: what a catalog of version 3 scored keeps its suite, and suites and judgements have a place.
import { expect, test } from 'vitest';
import { migrate } from '../../../../core/catalog/migrate.ts';
import { migrations } from '../../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

test('evaluations keep their suite; a version of a suite is there once', () => {
  const path = `${tempFolder()}/catalog.db`;
  const db = openSqlite(path);
  migrate(db, path, migrations.slice(0, 3));
  db.exec(`INSERT INTO models (id, kind, name, architecture, bytes, identity, state, template, gguf, files, created_at)
      VALUES ('m', 'base', 'M', 'gemma2', 1, 'x', 'ready', 't', '', '[]', 1);
    INSERT INTO evaluations (id, name, model_id, source_id, template, suite_name, suite_hash, settings, state, total, created_at)
      VALUES ('e', 'n', 'm', 's', 't', 'think-first', 'h', '{}', 'done', 1, 1);`);
  migrate(db, path, migrations.slice(0, 4));
  expect(db.prepare('SELECT suite_name, suite_hash FROM evaluations').all()).toEqual([
    { suite_name: 'think-first', suite_hash: 'h' },
  ]);
  const insert =
    "INSERT INTO suites (name, version, json, note, created_at) VALUES ('mine', 1, '{}', NULL, 1)";
  db.exec(insert);
  expect(() => db.exec(insert)).toThrow(/UNIQUE/);
  db.exec("INSERT INTO judgements (key, met, why, created_at) VALUES ('k', 1, 'because', 1)");
  db.close();
});
