// Open, filter, search and jump in 100,000 rollouts of one run through the core, beside the same asked of SQLite without an index of words:
// LIKE, LIMIT and OFFSET with a count. "Anew" is after the run has told something, when nothing that was found before counts.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { openCatalog } from '../../core/catalog/catalog.ts';
import { openSqlite, type Sqlite } from '../../core/catalog/sqlite.ts';
import type { Verdict } from '../../core/contract/reward.ts';
import { createCore } from '../../core/create-core.ts';
import { insertJob } from '../fixtures/run-log.ts';
import { insertManyRollouts, manyRollouts } from './many-rollouts.ts';

const rounds = 9;
const id = '0199f0a0-0000-7000-8000-000000000001';

interface Filter {
  verdict?: Verdict;
  step?: number;
  minTotal?: number;
  search?: string;
  order?: 'newest' | 'suspicious';
}

const newest = 'step DESC, group_index, sample';
const like = (word: string) => `(completion LIKE '%${word}%' OR prompt LIKE '%${word}%')`;
const cases: readonly { name: string; filter: Filter; offset: number; where: string; order?: string }[] = [
  { name: 'open', filter: {}, offset: 0, where: 'TRUE' },
  { name: 'jump to rollout 80,000', filter: {}, offset: 80_000, where: 'TRUE' },
  { name: 'filter by verdict', filter: { verdict: 'wrong' }, offset: 0, where: "verdict = 'wrong'" },
  { name: 'filter by reward', filter: { minTotal: 3 }, offset: 0, where: 'total >= 3' },
  { name: 'one step', filter: { step: 4000 }, offset: 0, where: 'step = 4000' },
  {
    name: 'high reward, not right',
    filter: { order: 'suspicious' },
    offset: 0,
    where: "verdict IN ('wrong', 'ambiguous', 'unparsable')",
    order: `total DESC, ${newest}`,
  },
  { name: 'search a rare word', filter: { search: 'n4321' }, offset: 0, where: like('n4321') },
  { name: 'search a word of a third', filter: { search: 'pelican' }, offset: 0, where: like('pelican') },
  { name: 'search a word of all', filter: { search: 'apples' }, offset: 0, where: like('apples') },
  {
    name: 'search, filter, jump to 5,000',
    filter: { search: 'pelican', verdict: 'wrong' },
    offset: 5000,
    where: `${like('pelican')} AND verdict = 'wrong'`,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'forethought-bench-rollouts-'));
try {
  const lab = join(folder, 'lab');
  mkdirSync(lab);
  const path = join(lab, 'catalog.db');
  const catalog = openCatalog(path);
  insertJob(catalog, id, 'DONE');
  const fillMs = insertManyRollouts(catalog, id);
  catalog.close();
  const core = await createCore({ lab });
  const client = createRouterClient(core.router, { context: {} });
  const db = openSqlite(path);
  const results = [];
  for (const { name, filter, offset, where, order = newest } of cases) {
    const ask = () => client.jobs.rollouts({ id, ...filter, offset, limit: 100 });
    const count = db.prepare(`SELECT count(*) FROM rollouts WHERE job = '${id}' AND ${where}`).pluck(true);
    const page = db.prepare(
      `SELECT * FROM rollouts WHERE job = '${id}' AND ${where} ORDER BY ${order} LIMIT 100 OFFSET ${offset}`,
    );
    const found = await ask();
    if (found.total !== count.get())
      throw new Error(`${name}: ${found.total} found, ${count.get()} by a plain query`);
    const [anew, again, plain]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      plain.push(await timed(async () => [count.get(), page.all()]));
      tellMore(db);
      anew.push(await timed(ask));
      again.push(await timed(ask));
    }
    const [anewMs, againMs, plainMs] = [median(anew), median(again), median(plain)];
    results.push({ name, found: found.total, anewMs, againMs, plainMs, ratio: plainMs / anewMs });
  }
  const key = '3000/2/1';
  const place = await timed(() => client.jobs.rollout({ id, key }));
  const sumUp = () => timed(() => client.jobs.prompts({ id }));
  const firstSum = await sumUp();
  const sums: number[] = [];
  for (let round = 0; round < rounds; round++) sums.push(await sumUp());
  const questions = median(sums);
  db.close();
  await core.close();
  for (const r of results)
    console.log(
      `${r.name}: ${r.found} found; anew ${r.anewMs.toFixed(1)} ms, then ${r.againMs.toFixed(1)} ms; plain ${r.plainMs.toFixed(1)} ms; ${r.ratio.toFixed(1)} times as fast`,
    );
  console.log(
    `filled in ${(fillMs / 1000).toFixed(1)} s; place of a rollout ${place.toFixed(1)} ms; all questions ${firstSum.toFixed(1)} ms, then ${questions.toFixed(1)} ms`,
  );
  console.log(
    JSON.stringify({
      ...{ bench: 'rollouts', rollouts: manyRollouts, fillMs, placeMs: place },
      ...{ firstQuestionsMs: firstSum, questionsMs: questions, results },
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tellMore(db: Sqlite): void {
  db.prepare(
    `INSERT INTO job_events (job, seq, kind, wall, body)
      SELECT ?, COALESCE(MAX(seq), 0) + 1, 'rollouts', 0, '{}' FROM job_events WHERE job = ?`,
  ).run(id, id);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
