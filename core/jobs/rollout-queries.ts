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
  advantage: z.number().nullable(),
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

/** The texts are read for the rows of `page` only. An only answer of its group is compared with nothing: the trainer writes 0 for it. */
function read(catalog: Catalog, id: string, page: Sql, order: Sql): Rollout[] {
  const rows = catalog.all(
    RolloutRow,
    sql`SELECT r.step, r.group_index, r.sample, r.row_id, q.domain, q.question, r.prompt, r.completion, r.tokens, r.truncated,
          r.total, r.parts, r.verdict, r.answer,
          CASE WHEN EXISTS (SELECT 1 FROM rollouts o WHERE o.job = r.job AND o.step = r.step AND o.group_index = r.group_index
            AND o.sample <> r.sample) THEN r.advantage END AS advantage
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

/**
 * By question, the one that was asked last first. `search` looks into the questions. All rollouts are counted in one pass over an index that
 * holds what is counted (`rollouts_by_row`), in its order, so that nothing is sorted or kept; means are made for two steps of each question only.
 */
export function jobPrompts(catalog: Catalog, id: string, search: string | undefined): RunPrompt[] {
  jobRecord(catalog, id);
  const matching = search ? sql`WHERE question LIKE ${containing(search)} ESCAPE '\\'` : sql``;
  const meanOf = (step: Sql) =>
    sql`(SELECT AVG(total) FROM rollouts r WHERE r.job = ${id} AND r.row_id = n.row_id AND r.step = ${step})`;
  return catalog.all(
    RunPrompt,
    sql`WITH asked AS MATERIALIZED (
          SELECT row_id, COUNT(DISTINCT step) AS steps, COUNT(*) AS rollouts, MIN(step) AS firstStep, MAX(step) AS lastStep
          FROM rollouts WHERE job = ${id} GROUP BY row_id
        ), named AS (
          SELECT a.*, q.domain, COALESCE(q.question,
              (SELECT prompt FROM rollouts r WHERE r.job = ${id} AND r.row_id = a.row_id LIMIT 1)) AS question
          FROM asked a LEFT JOIN rows q ON q.id = a.row_id
        )
        SELECT row_id AS rowId, domain, question, steps, rollouts, firstStep, lastStep,
          ${meanOf(sql`firstStep`)} AS firstMean, ${meanOf(sql`lastStep`)} AS lastMean
        FROM named n ${matching} ORDER BY steps > 1 DESC, lastStep DESC, row_id`,
  );
}
