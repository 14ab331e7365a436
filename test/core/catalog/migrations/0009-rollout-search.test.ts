// Data test of step 9: rollouts of a catalog of version 8 are found by their words, and every list is read from an index alone.
import { expect, test } from 'vitest';
import { migrate } from '../../../../core/catalog/migrate.ts';
import { migrations } from '../../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

test('rollouts of earlier runs are found by words, and stay as they were', () => {
  const path = `${tempFolder()}/catalog.db`;
  const db = openSqlite(path);
  migrate(db, path, migrations.slice(0, 8));
  db.exec(`INSERT INTO jobs (id, name, kind, host, state, spec, spec_sha256, command, folder, base_id, suite_name, suite_hash,
      suite_max, suite_min, total_steps, created_at)
    VALUES ('j', 'n', 'grpo', 'local', 'DONE', '{}', 'x', '{}', 'f', 'b', 's', 'h', 1, 0, 60, 1)`);
  const insert = (step: number, verdict: string, total: number, text: string) =>
    db.exec(`INSERT INTO rollouts (job, step, group_index, sample, row_id, prompt, completion, tokens, truncated, total, parts,
      verdict, answer, advantage, why)
      VALUES ('j', ${step}, 0, 0, 'r', 'How many ducks?', '${text}', 1, 0, ${total}, '{}', '${verdict}', NULL, 0, '{}')`);
  insert(1, 'wrong', 3, 'seven geese');
  insert(2, 'not-applicable', 9, 'eight swans');
  insert(3, 'unparsable', 4, 'seven swans');
  const before = db.prepare('SELECT * FROM rollouts').all();
  migrate(db, path, migrations.slice(0, 9));
  expect(db.prepare('SELECT * FROM rollouts').all()).toEqual(before);
  const found = (words: string) =>
    db
      .prepare('SELECT rowid FROM rollouts_text WHERE rollouts_text MATCH ? ORDER BY rowid')
      .pluck()
      .all(words);
  expect(found('"seven"')).toEqual([1, 3]);
  expect(found('"ducks" AND "swa"*')).toEqual([2, 3]);
  insert(4, 'wrong', 1, 'seven herons');
  db.exec('DELETE FROM rollouts WHERE step = 1');
  expect(found('"seven"')).toEqual([3, 4]);
  db.exec(`INSERT INTO rollouts_text(rollouts_text, rank) VALUES ('integrity-check', 1)`);

  const plan = (where: string, order: string) =>
    JSON.stringify(
      db
        .prepare(`EXPLAIN QUERY PLAN SELECT rowid FROM rollouts WHERE job = 'j' ${where} ORDER BY ${order}`)
        .all(),
    );
  const newest = 'step DESC, group_index, sample';
  for (const where of ['', "AND verdict = 'wrong'", 'AND total >= 2', "AND step = 3 AND verdict = 'wrong'"]) {
    expect(plan(where, newest)).toMatch(/COVERING INDEX rollouts_newest/);
    expect(plan(where, newest)).not.toMatch(/TEMP B-TREE/);
  }
  const notRight = "AND verdict IN ('wrong', 'ambiguous', 'unparsable')";
  expect(plan(`${notRight} AND total >= 2`, `total DESC, ${newest}`)).toMatch(
    /COVERING INDEX rollouts_suspicious/,
  );
  expect(plan(notRight, `total DESC, ${newest}`)).not.toMatch(/TEMP B-TREE/);
  db.close();
});
