// Data test of step 7: a demo of version 6 keeps its base, its adapter and their evaluations as two checkpoints.
import { expect, test } from 'vitest';
import { migrate } from '../../../../core/catalog/migrate.ts';
import { migrations } from '../../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

test('what a demo had measured stays, and half of one is stopped', () => {
  const path = `${tempFolder()}/catalog.db`;
  const db = openSqlite(path);
  migrate(db, path, migrations.slice(0, 6));
  db.exec(`INSERT INTO demos (id, seed, state, stage, base_eval_id, job_id, adapter_id, adapter_eval_id, started_at)
    VALUES ('a', 1, 'done', 'done', 'e1', 'j', 'm', 'e2', 1), ('b', 2, 'running', 'evaluate-adapter', 'e3', 'k', 'n', NULL, 2)`);
  migrate(db, path, migrations.slice(0, 7));
  expect(db.prepare('SELECT error, ended_at > 0 AS ended FROM demos WHERE id = ?').get('b')).toEqual({
    error: expect.stringMatching(/earlier version.*forethought jobs get k$/),
    ended: 1,
  });
  const found = db.prepare('SELECT id, state, stage, job_id, checkpoints FROM demos ORDER BY id').all() as {
    checkpoints: string;
  }[];
  expect(found.map((demo) => ({ ...demo, checkpoints: JSON.parse(demo.checkpoints) }))).toEqual([
    {
      ...{ id: 'a', state: 'done', stage: 'done', job_id: 'j' },
      checkpoints: [
        { id: 'base', adapterId: null, tasksEvalId: 'e1', openEvalId: null },
        { id: 'grpo', adapterId: 'm', tasksEvalId: 'e2', openEvalId: null },
      ],
    },
    {
      ...{ id: 'b', state: 'stopped', stage: 'evaluate', job_id: 'k' },
      checkpoints: [
        { id: 'base', adapterId: null, tasksEvalId: 'e3', openEvalId: null },
        { id: 'grpo', adapterId: 'n', tasksEvalId: null, openEvalId: null },
      ],
    },
  ]);
  db.close();
});
