// What a person can ask about the rollouts of a run: pages of them, its questions, all answers to one question. Called by jobs.ts; changes nothing.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { allOf, listOf, type Sql, sql } from '../catalog/sql.ts';
import { Verdict } from '../contract/reward.ts';
import { type Rollout, RunPrompt } from '../contract/run-views.ts';
import { jobRecord } from './records.ts';

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

export interface RolloutFilter {
  id: string;
  verdict?: Verdict | undefined;
  step?: number | undefined;
  rowId?: string | undefined;
  minTotal?: number | undefined;
  search?: string | undefined;
  order: 'newest' | 'suspicious';
  offset: number;
  limit: number;
}

/** Each is the order of an index, so that a page far down costs no sorting. */
const orders: Readonly<Record<RolloutFilter['order'], Sql>> = {
  newest: sql`step DESC, group_index, sample`,
  // What earned much and was not right is where a reward may be cheated.
  suspicious: sql`(verdict = 'correct'), total DESC, step DESC`,
};

export function jobRollouts(catalog: Catalog, filter: RolloutFilter): { rollouts: Rollout[]; total: number } {
  jobRecord(catalog, filter.id);
  const ids = matching(catalog, filter);
  const page = ids.slice(filter.offset, filter.offset + filter.limit);
  return { rollouts: read(catalog, filter.id, listOf(page), orders[filter.order]), total: ids.length };
}

/** The last few lists by catalog: a person scrolls in one, and to look for words in a hundred thousand texts takes a second. */
const kept = new WeakMap<Catalog, Map<string, number[]>>();
const KEPT = 4;

/** Row ids in the filter's order; made once for as long as the run has told nothing new. */
function matching(catalog: Catalog, filter: RolloutFilter): number[] {
  const { offset: _, limit: __, ...what } = filter;
  const told = catalog.column(sql`SELECT events_offset FROM jobs WHERE id = ${filter.id}`)[0];
  const key = JSON.stringify([told, what]);
  const lists = kept.get(catalog) ?? new Map<string, number[]>();
  kept.set(catalog, lists);
  const known = lists.get(key);
  if (known) return known;
  const found = catalog.column(
    sql`SELECT rowid FROM rollouts WHERE ${conditionsOf(filter)} ORDER BY ${orders[filter.order]}`,
  ) as number[];
  lists.set(key, found);
  const [oldest] = lists.keys();
  if (lists.size > KEPT && oldest !== undefined) lists.delete(oldest);
  return found;
}

/** Every answer to one question, step by step as it was trained. */
export function rolloutsOfPrompt(catalog: Catalog, id: string, rowId: string): Rollout[] {
  jobRecord(catalog, id);
  const of = sql`SELECT rowid FROM rollouts WHERE job = ${id} AND row_id = ${rowId}`;
  return read(catalog, id, of, sql`step, sample, group_index`);
}

function conditionsOf(filter: RolloutFilter): Sql {
  const conditions = [sql`job = ${filter.id}`];
  if (filter.verdict) conditions.push(sql`verdict = ${filter.verdict}`);
  if (filter.step !== undefined) conditions.push(sql`step = ${filter.step}`);
  if (filter.rowId !== undefined) conditions.push(sql`row_id = ${filter.rowId}`);
  if (filter.minTotal !== undefined) conditions.push(sql`total >= ${filter.minTotal}`);
  if (filter.search) {
    const pattern = containing(filter.search);
    conditions.push(sql`completion LIKE ${pattern} ESCAPE '\\' OR prompt LIKE ${pattern} ESCAPE '\\'`);
  }
  return allOf(conditions);
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
