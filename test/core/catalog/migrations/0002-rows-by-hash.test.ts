// Data test of step 2: rows of a catalog of version 1 stay, and are found by their content without a walk through the table.
import { expect, test } from 'vitest';
import { migrate } from '../../../../core/catalog/migrate.ts';
import { migrations } from '../../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

test('rows stay, and the index leads to those of a content', () => {
  const path = `${tempFolder()}/catalog.db`;
  const db = openSqlite(path);
  migrate(db, path, migrations.slice(0, 1));
  db.exec(`INSERT INTO sources (rowid, id, dataset, config, split, adapter, origin, sha256, row_count, reject_count, imported_at)
      VALUES (1, 's', 'gsm8k', 'main', 'test', 'gsm8k', 'test.jsonl', 'x', 2, 0, 1);
    INSERT INTO rows (id, source, question, answer_raw, domain, answer_type, origin, flags, hash)
      VALUES ('a', 1, 'q', '', 'math', 'number', '{}', '[]', 'h1'), ('b', 1, 'r', '', 'math', 'number', '{}', '[]', 'h2')`);
  migrate(db, path, migrations.slice(0, 2));
  const byHash = "SELECT id FROM rows WHERE hash = 'h2'";
  expect(db.prepare(byHash).all()).toEqual([{ id: 'b' }]);
  const plan = JSON.stringify(db.prepare(`EXPLAIN QUERY PLAN ${byHash}`).all());
  expect(plan).toContain('rows_by_hash');
  db.close();
});
