// What a person can ask about the rollouts of a run: pages of them, one by its key, its questions, all answers to one question. Called by jobs.ts; changes nothing.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { listOf, type Sql, sql } from '../catalog/sql.ts';
import { Verdict } from '../contract/reward.ts';
import { type Rollout, RunPrompt, rolloutPlace } from '../contract/run-views.ts';
import { jobRecord } from './records.ts';
import { orders, type RolloutFilter, rolloutList } from './rollout-list.ts';

const RolloutRow = z.object({
  step: z.int(),
  group_index: z.int(),
  sample: z.int(),
  row_id: z.string(),
  domain: z.string().nullable(),
  question: z.string().nullable(),
  prompt: z.string(),
  completion: z.string(),
  tokens: z.int(),
  truncated: z.int(),
  total: z.number(),
  parts: z.string(),
  verdict: Verdict,
  answer: z.string().nullable(),
  advantage: z.number(),
});

export function jobRollouts(
  catalog: Catalog,
  filter: RolloutFilter & { offset: number; limit: number },
): { rollouts: Rollout[]; total: number } {
  jobRecord(catalog, filter.id);
  const list = rolloutList(catalog, filter);
  const page = list.slice(filter.offset, filter.offset + filter.limit);
  return { rollouts: read(catalog, filter.id, listOf(page), orders[filter.order]), total: list.length };
}

/** The rollout of that key, and where it stands in the list of the filter; null where it is not. */
export function jobRollout(
  catalog: Catalog,
  { key, ...filter }: RolloutFilter & { key: string },
): { rollout: Rollout | null; place: number | null } {
  jobRecord(catalog, filter.id);
  const { step, group, sample } = rolloutPlace(key);
  const [rowid] = catalog.column(
    sql`SELECT rowid FROM rollouts WHERE job = ${filter.id} AND step = ${step} AND group_index = ${group} AND sample = ${sample}`,
  ) as number[];
  if (rowid === undefined) return { rollout: null, place: null };
  const [rollout = null] = read(catalog, filter.id, listOf([rowid]), orders.newest);
  const place = rolloutList(catalog, filter).indexOf(rowid);
  return { rollout, place: place === -1 ? null : place };
}

/** Every answer to one question, step by step as it was trained. */
export function rolloutsOfPrompt(catalog: Catalog, id: string, rowId: string): Rollout[] {
  jobRecord(catalog, id);
  const of = sql`SELECT rowid FROM rollouts WHERE job = ${id} AND row_id = ${rowId}`;
  return read(catalog, id, of, sql`step, sample, group_index`);
}

function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}

/** The texts are read for the rows of `page` only. */
function read(catalog: Catalog, id: string, page: Sql, order: Sql): Rollout[] {
  const rows = catalog.all(
    RolloutRow,
    sql`SELECT r.step, r.group_index, r.sample, r.row_id, q.domain, q.question, r.prompt, r.completion, r.tokens, r.truncated,
          r.total, r.parts, r.verdict, r.answer, r.advantage
        FROM rollouts r LEFT JOIN rows q ON q.id = r.row_id WHERE r.rowid IN (${page}) ORDER BY ${order}`,
  );
  return rows.map((row) => ({
    jobId: id,
    step: row.step,
    group: row.group_index,
    sample: row.sample,
    rowId: row.row_id,
    domain: row.domain,
    question: row.question ?? row.prompt,
    completion: row.completion,
    tokens: row.tokens,
    truncated: row.truncated === 1,
    total: row.total,
    parts: JSON.parse(row.parts) as Record<string, number | null>,
    verdict: row.verdict,
    answer: row.answer,
    advantage: row.advantage,
  }));
}

/** By question, the one that was asked last first. `search` looks into the questions. */
export function jobPrompts(catalog: Catalog, id: string, search: string | undefined): RunPrompt[] {
  jobRecord(catalog, id);
  const matching = search ? sql`WHERE question LIKE ${containing(search)} ESCAPE '\\'` : sql``;
  return catalog.all(
    RunPrompt,
    sql`WITH means AS (
          SELECT row_id, step, COUNT(*) AS n, AVG(total) AS mean FROM rollouts WHERE job = ${id} GROUP BY row_id, step
        ), asked AS (
          SELECT row_id, COUNT(*) AS steps, SUM(n) AS rollouts, MIN(step) AS firstStep, MAX(step) AS lastStep FROM means GROUP BY row_id
        ), shown AS (
          SELECT a.row_id AS rowId, q.domain, COALESCE(q.question,
              (SELECT prompt FROM rollouts r WHERE r.job = ${id} AND r.row_id = a.row_id LIMIT 1)) AS question,
            a.steps, a.rollouts, a.firstStep, a.lastStep, f.mean AS firstMean, l.mean AS lastMean
          FROM asked a
            JOIN means f ON f.row_id = a.row_id AND f.step = a.firstStep
            JOIN means l ON l.row_id = a.row_id AND l.step = a.lastStep
            LEFT JOIN rows q ON q.id = a.row_id
        )
        SELECT * FROM shown ${matching} ORDER BY steps > 1 DESC, lastStep DESC, rowId`,
  );
}
