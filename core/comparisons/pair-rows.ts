// The rows of a comparison, each with both of its answers. Used by comparisons.ts.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import { Outcome, type PairRow } from '../contract/comparisons.ts';
import type { StoredCompletion } from '../contract/evals.ts';
import { Verdict } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';

const judged = (side: Sql) =>
  sql`${side}.verdict IN ('correct', 'wrong', 'ambiguous', 'unverifiable', 'unparsable')`;
const isRight = (side: Sql) => sql`${side}.verdict = 'correct'`;
export const [leftRight, rightRight] = [isRight(sql`l`), isRight(sql`r`)];

/**
 * Rows that both runs answered, and where both answers could be judged; the sides are `l` and `r`.
 * Order (CROSS JOIN) and index are given because SQLite would otherwise hold every row of one run against every row of the other.
 */
export const pairsOf = (
  left: string,
  right: string,
): Sql => sql`completions l CROSS JOIN completions r INDEXED BY completions_by_row ON r.row_id = l.row_id
  WHERE l.evaluation = ${left} AND r.evaluation = ${right} AND ${judged(sql`l`)} AND ${judged(sql`r`)}`;

const outcome = sql`CASE WHEN ${leftRight} AND ${rightRight} THEN 'both-right' WHEN ${leftRight} THEN 'lost'
  WHEN ${rightRight} THEN 'gained' ELSE 'both-wrong' END`;

/** The rows that a person has to read come first. */
const order: readonly Outcome[] = ['lost', 'gained', 'both-wrong', 'both-right'];
const rank = sql`CASE ${outcome} WHEN ${order[0]!} THEN 0 WHEN ${order[1]!} THEN 1 WHEN ${order[2]!} THEN 2 ELSE 3 END`;

/** The same from either side, so that swapping the sides only moves blocks of rows. */
const place = sql`min(l.position, r.position), max(l.position, r.position)`;

const Pair = z.object({
  rowId: z.string(),
  outcome: Outcome,
  leftPosition: z.int(),
  rightPosition: z.int(),
});

export function listPairs(
  catalog: Catalog,
  input: {
    left: string;
    right: string;
    outcome?: Outcome | undefined;
    domain?: string | undefined;
    offset: number;
    limit: number;
  },
  rowById: (id: string) => Row,
): { rows: PairRow[]; total: number } {
  const ofOutcome = input.outcome ? sql` AND ${outcome} = ${input.outcome}` : sql``;
  const ofDomain = input.domain ? sql` AND l.domain = ${input.domain}` : sql``;
  const from = sql`${pairsOf(input.left, input.right)}${ofOutcome}${ofDomain}`;
  const pairs = catalog.all(
    Pair,
    sql`SELECT l.row_id AS rowId, ${outcome} AS outcome, l.position AS leftPosition, r.position AS rightPosition
      FROM ${from} ORDER BY ${rank}, ${place} LIMIT ${input.limit} OFFSET ${input.offset}`,
  );
  const rows = pairs.map((pair) => {
    const row = rowById(pair.rowId);
    return {
      rowId: pair.rowId,
      outcome: pair.outcome,
      left: completion(catalog, input.left, pair.leftPosition, row),
      right: completion(catalog, input.right, pair.rightPosition, row),
    };
  });
  return { rows, total: Number(catalog.column(sql`SELECT count(*) FROM ${from}`)[0]) };
}

const flag = z.int().transform((value) => value !== 0);
const Answer = z.object({
  text: z.string(),
  domain: z.string(),
  tokens: z.int(),
  truncated: flag,
  verdict: Verdict,
  strict: flag,
  total: z.number().nullable(),
  answer: z.string().nullable(),
  ms: z.number(),
});

function completion(catalog: Catalog, runId: string, index: number, row: Row): StoredCompletion {
  const answer = catalog.get(
    Answer,
    sql`SELECT text, domain, tokens, truncated, verdict, strict, total, answer, ms FROM completions
      WHERE evaluation = ${runId} AND position = ${index}`,
  )!;
  return { runId, index, rowId: row.id, question: row.question, gold: row.answer, ...answer };
}
