// Data test of step 5: what a run of a catalog of version 4 published is known, with where it is now; rollouts stay as they were.
import { expect, test } from 'vitest';
import { migrate } from '../../../../core/catalog/migrate.ts';
import { migrations } from '../../../../core/catalog/migrations.ts';
import { openSqlite } from '../../../../core/catalog/sqlite.ts';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

test('published adapters of earlier runs are known, and rollouts keep their order', () => {
  const path = `${tempFolder()}/catalog.db`;
  const db = openSqlite(path);
  migrate(db, path, migrations.slice(0, 4));
  db.exec(`INSERT INTO models (id, kind, name, architecture, bytes, identity, state, template, gguf, files, created_at)
      VALUES ('a', 'adapter', 'A', 'gemma2', 1, 'x', 'ready', 't', '', '[]', 1)`);
  const job = (id: string, adapter: string) =>
    db.exec(`INSERT INTO jobs (id, name, kind, host, state, spec, spec_sha256, command, folder, base_id, adapter_id, suite_name,
      suite_hash, suite_max, suite_min, total_steps, created_at)
      VALUES ('${id}', 'n', 'grpo', 'local', 'DONE', '{}', 'x', '{}', 'f', 'b', ${adapter}, 's', 'h', 1, 0, 60, 1)`);
  job('home', "'a'");
  job('lost', 'NULL');
  job('none', 'NULL');
  const body = '{"name":"final","path":"artifacts/final","step":60,"manifestSha256":"m"}';
  for (const id of ['home', 'lost'])
    db.exec(`INSERT INTO job_events (job, seq, kind, wall, body) VALUES ('${id}', 1, 'start', 5, '{}'),
      ('${id}', 7, 'artifact.ready', 9, '${body}')`);
  const rollout = (step: number, group: number, verdict: string, total: number) =>
    `('home', ${step}, ${group}, 0, 'r', 'p', 'c', 1, 0, ${total}, '{}', '${verdict}', NULL, 0, '{}')`;
  db.exec(`INSERT INTO rollouts (job, step, group_index, sample, row_id, prompt, completion, tokens, truncated, total, parts,
      verdict, answer, advantage, why)
    VALUES ${[rollout(1, 0, 'wrong', 3), rollout(2, 0, 'correct', 4), rollout(2, 1, 'wrong', 1)].join()}`);
  migrate(db, path, migrations.slice(0, 5));
  const artifact = { name: 'final', kind: 'lora-adapter', step: 60, path: 'artifacts/final', at: 9 };
  expect(
    db
      .prepare('SELECT job, name, kind, step, path, at, state, model_id FROM job_artifacts ORDER BY job')
      .all(),
  ).toEqual([
    { job: 'home', ...artifact, state: 'home', model_id: 'a' },
    { job: 'lost', ...artifact, state: 'announced', model_id: null },
  ]);
  const plan = (order: string) =>
    JSON.stringify(
      db.prepare(`EXPLAIN QUERY PLAN SELECT rowid FROM rollouts WHERE job = 'home' ORDER BY ${order}`).all(),
    );
  expect(plan('step DESC, group_index, sample')).toMatch(/rollouts_newest/);
  expect(plan("(verdict = 'correct'), total DESC, step DESC")).toMatch(/rollouts_suspicious/);
  expect(plan('step DESC, group_index, sample')).not.toMatch(/TEMP B-TREE/);
  expect(
    db
      .prepare("SELECT total FROM rollouts WHERE job = 'home' ORDER BY (verdict = 'correct'), total DESC")
      .pluck()
      .all(),
  ).toEqual([3, 1, 4]);
  db.close();
});
