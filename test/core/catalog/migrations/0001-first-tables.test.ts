// Data test of step 1: rows of every kind can be written, search follows rows, and nothing dangles.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openCatalog } from '../../../../core/catalog/catalog.ts';
import { sql } from '../../../../core/catalog/sql.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

const Count = z.object({ n: z.int() });

function filled() {
  const catalog = openCatalog(`${tempFolder()}/catalog.db`);
  catalog.transaction(() => {
    catalog.run(sql`INSERT INTO sources (rowid, id, dataset, config, split, adapter, origin, sha256, row_count, reject_count, imported_at)
      VALUES (1, 's', 'gsm8k', 'main', 'test', 'gsm8k', 'test.jsonl', 'x', 2, 0, 1)`);
    for (const [id, question] of [
      ['a', 'How many eggs are left?'],
      ['b', 'How many apples?'],
    ] as const)
      catalog.run(sql`INSERT INTO rows (id, source, question, answer, answer_raw, domain, answer_type, origin, flags, hash)
        VALUES (${id}, 1, ${question}, '3', '#### 3', 'math', 'number', '{}', '[]', 'h')`);
  });
  return catalog;
}

test('full-text search follows inserted and deleted rows', () => {
  const catalog = filled();
  const hits = () =>
    catalog.get(Count, sql`SELECT count(*) AS n FROM rows_text WHERE rows_text MATCH 'eggs'`)?.n;
  expect(hits()).toBe(1);
  catalog.run(sql`DELETE FROM rows WHERE id = 'a'`);
  expect(hits()).toBe(0);
  catalog.close();
});

test('removing a source removes its rows; a row without a source is refused', () => {
  const catalog = filled();
  expect(() =>
    catalog.run(sql`INSERT INTO rows (id, source, question, answer_raw, domain, answer_type, origin, flags, hash)
      VALUES ('c', 99, 'q', '', 'math', 'number', '{}', '[]', 'h')`),
  ).toThrow(/FOREIGN KEY/);
  catalog.run(sql`DELETE FROM sources WHERE id = 's'`);
  expect(catalog.get(Count, sql`SELECT count(*) AS n FROM rows`)?.n).toBe(0);
  catalog.close();
});

test('tables are strict: a word is no number', () => {
  const catalog = filled();
  expect(() => catalog.run(sql`UPDATE sources SET row_count = 'many'`)).toThrow(/cannot store TEXT/);
  catalog.close();
});
