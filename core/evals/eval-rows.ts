// Evaluations and their completions as rows of the catalog, and the summary over them. Used by the files of this feature only.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { allOf, listOf, type Sql, sql } from '../catalog/sql.ts';
import { CoreError, notFound } from '../contract/errors.ts';
import { EvalState, type Evaluation, type StoredCompletion } from '../contract/evals.ts';
import { ScoreResult, Verdict } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { proportion } from './statistics.ts';

const Settings = z.object({
  maxTokens: z.int(),
  temperature: z.number(),
  seed: z.int(),
  threads: z.int(),
});

export const EvalRecord = z.object({
  id: z.string(),
  name: z.string(),
  model_id: z.string(),
  adapter_id: z.string().nullable(),
  source_id: z.string(),
  template: z.string(),
  suite_name: z.string(),
  suite_hash: z.string(),
  settings: z.string().transform((text) => Settings.parse(JSON.parse(text))),
  state: EvalState,
  error: z.string().nullable(),
  total: z.int(),
  recorded: z.int().transform((n) => n !== 0),
  created_at: z.number(),
  ended_at: z.number().nullable(),
});
export type EvalRecord = z.infer<typeof EvalRecord>;

export function findEvals(catalog: Catalog, where: Sql): EvalRecord[] {
  return catalog.all(
    EvalRecord,
    sql`SELECT * FROM evaluations WHERE ${where} ORDER BY created_at DESC, rowid DESC`,
  );
}

/** Throws `not-found`. */
export function evalById(catalog: Catalog, id: string): EvalRecord {
  const found = findEvals(catalog, sql`id = ${id}`)[0];
  if (!found) throw notFound('evaluation', id, 'evals list');
  return found;
}

/** The evaluation and the order of its rows, in one transaction: what is asked is fixed before the first answer. */
export function insertEval(catalog: Catalog, e: EvalRecord, rowIds: readonly string[]): void {
  catalog.transaction(() => {
    catalog.run(sql`INSERT INTO evaluations (id, name, model_id, adapter_id, source_id, template, suite_name, suite_hash,
        settings, state, error, total, recorded, created_at, ended_at)
      VALUES (${e.id}, ${e.name}, ${e.model_id}, ${e.adapter_id}, ${e.source_id}, ${e.template}, ${e.suite_name},
        ${e.suite_hash}, ${JSON.stringify(e.settings)}, ${e.state}, ${e.error}, ${e.total}, 0, ${e.created_at}, ${e.ended_at})`);
    catalog.run(sql`INSERT INTO evaluation_rows (evaluation, position, row_id)
      SELECT ${e.id}, key, value FROM json_each(${JSON.stringify(rowIds)})`);
  });
}

export function setState(
  catalog: Catalog,
  id: string,
  state: EvalRecord['state'],
  change: { error: string | null; endedAt: number | null },
): void {
  catalog.run(
    sql`UPDATE evaluations SET state = ${state}, error = ${change.error}, ended_at = ${change.endedAt} WHERE id = ${id}`,
  );
}

const Pending = z.object({ position: z.int(), row_id: z.string() });
export type Pending = z.infer<typeof Pending>;

/** Rows without an answer, in order. */
export function pendingRows(catalog: Catalog, id: string): Pending[] {
  return catalog.all(
    Pending,
    sql`SELECT position, row_id FROM evaluation_rows r WHERE evaluation = ${id} AND NOT EXISTS
      (SELECT 1 FROM completions c WHERE c.evaluation = r.evaluation AND c.position = r.position) ORDER BY position`,
  );
}

export interface NewCompletion {
  position: number;
  row: Row;
  text: string;
  tokens: number;
  truncated: boolean;
  ms: number;
  result: ScoreResult;
}

/** Durable when it returns. */
export function insertCompletion(catalog: Catalog, evaluation: string, c: NewCompletion): void {
  const strict = c.result.parsed.reading === 'strict';
  catalog.run(sql`INSERT INTO completions (evaluation, position, row_id, domain, text, tokens, truncated, verdict, strict,
      total, answer, result, ms)
    VALUES (${evaluation}, ${c.position}, ${c.row.id}, ${c.row.domain}, ${c.text}, ${c.tokens}, ${c.truncated ? 1 : 0},
      ${c.result.verdict}, ${strict ? 1 : 0}, ${c.result.total}, ${c.result.extracted?.answer ?? null},
      ${JSON.stringify(c.result)}, ${c.ms})`);
}

const CompletionRecord = z.object({
  evaluation: z.string(),
  position: z.int(),
  row_id: z.string(),
  domain: z.string(),
  text: z.string(),
  tokens: z.int(),
  truncated: z.int().transform((n) => n !== 0),
  verdict: Verdict,
  strict: z.int().transform((n) => n !== 0),
  total: z.number().nullable(),
  answer: z.string().nullable(),
  ms: z.number(),
  result: z.string().transform((text) => ScoreResult.parse(JSON.parse(text))),
});
type CompletionRecord = z.infer<typeof CompletionRecord>;
const ListedCompletion = CompletionRecord.omit({ result: true });

const listedColumns = sql`evaluation, position, row_id, domain, text, tokens, truncated, verdict, strict, total, answer, ms`;

export interface CompletionFilter {
  verdict?: Verdict | undefined;
  domain?: string | undefined;
  search?: string | undefined;
}

/** A page of an evaluation's completions and how many match. */
export function listCompletions(
  catalog: Catalog,
  evaluation: string,
  filter: CompletionFilter & { offset: number; limit: number },
): { completions: z.infer<typeof ListedCompletion>[]; total: number } {
  const conditions = [sql`evaluation = ${evaluation}`];
  if (filter.verdict) conditions.push(sql`verdict = ${filter.verdict}`);
  if (filter.domain) conditions.push(sql`domain = ${filter.domain}`);
  if (filter.search) {
    const pattern = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
    conditions.push(sql`text LIKE ${pattern} ESCAPE '\\' OR
      EXISTS (SELECT 1 FROM rows WHERE rows.id = row_id AND rows.question LIKE ${pattern} ESCAPE '\\')`);
  }
  const where = allOf(conditions);
  return {
    completions: catalog.all(
      ListedCompletion,
      sql`SELECT ${listedColumns} FROM completions WHERE ${where} ORDER BY position LIMIT ${filter.limit} OFFSET ${filter.offset}`,
    ),
    total: Number(catalog.column(sql`SELECT count(*) FROM completions WHERE ${where}`)[0]),
  };
}

/** Throws `not-found`. */
export function completionAt(catalog: Catalog, evaluation: string, position: number): CompletionRecord {
  const found = catalog.get(
    CompletionRecord,
    sql`SELECT * FROM completions WHERE evaluation = ${evaluation} AND position = ${position}`,
  );
  if (!found)
    throw new CoreError('not-found', `The evaluation "${evaluation}" has no answer ${position} yet.`, {
      evaluation,
      position,
    });
  return found;
}

export function shownCompletion(c: z.infer<typeof ListedCompletion>, row: Row | null): StoredCompletion {
  return {
    runId: c.evaluation,
    index: c.position,
    rowId: c.row_id,
    question: row?.question ?? '',
    domain: c.domain,
    gold: row?.answer ?? null,
    text: c.text,
    tokens: c.tokens,
    truncated: c.truncated,
    verdict: c.verdict,
    strict: c.strict,
    total: c.total,
    answer: c.answer,
    ms: c.ms,
  };
}

const DomainSum = z.object({
  evaluation: z.string(),
  domain: z.string(),
  done: z.int(),
  correct: z.int(),
  judged: z.int(),
  strict: z.int(),
  read: z.int(),
  truncated: z.int(),
  tokens: z.number(),
  ms: z.number(),
  total: z.number(),
  totals: z.int(),
});

/**
 * The evaluations with their numbers. Accuracy counts rows whose answer could be judged: an error of the scorer and a task
 * without a gold answer are no wrong answers, and `n` shows that they are missing. Format counts every row that was read.
 */
export function summarise(catalog: Catalog, records: readonly EvalRecord[]): Evaluation[] {
  const sums = catalog.all(
    DomainSum,
    sql`SELECT evaluation, domain, count(*) AS done, sum(verdict = 'correct') AS correct,
        sum(verdict IN ('correct', 'wrong', 'ambiguous', 'unverifiable', 'unparsable')) AS judged,
        sum(strict AND verdict <> 'error') AS strict, sum(verdict <> 'error') AS read, sum(truncated) AS truncated,
        sum(tokens) AS tokens, sum(ms) AS ms, coalesce(sum(total), 0.0) AS total, count(total) AS totals
      FROM completions WHERE evaluation IN (${listOf(records.map((record) => record.id))})
      GROUP BY evaluation, domain ORDER BY evaluation, domain`,
  );
  return records.map((record) =>
    summary(
      record,
      sums.filter((sum) => sum.evaluation === record.id),
    ),
  );
}

function summary(e: EvalRecord, domains: z.infer<typeof DomainSum>[]): Evaluation {
  const sum = (
    key:
      | 'done'
      | 'correct'
      | 'judged'
      | 'strict'
      | 'read'
      | 'truncated'
      | 'tokens'
      | 'ms'
      | 'total'
      | 'totals',
  ) => domains.reduce((whole, domain) => whole + domain[key], 0);
  const done = sum('done');
  /** Null where nothing was answered, or nothing could be judged. */
  const share = (count: number, n: number) => (n === 0 ? null : proportion(count, n));
  return {
    id: e.id,
    name: e.name,
    modelId: e.model_id,
    adapterId: e.adapter_id,
    sourceId: e.source_id,
    template: e.template,
    suite: { name: e.suite_name, hash: e.suite_hash },
    state: e.state,
    error: e.error,
    done,
    total: e.total,
    accuracy: share(sum('correct'), sum('judged')),
    format: share(sum('strict'), sum('read')),
    truncated: share(sum('truncated'), done),
    meanTokens: done === 0 ? null : sum('tokens') / done,
    tokensPerSecond: sum('ms') > 0 ? sum('tokens') / (sum('ms') / 1000) : null,
    meanTotal: sum('totals') === 0 ? null : sum('total') / sum('totals'),
    settings: e.settings,
    byDomain: domains.map(({ domain, correct, judged, strict, read }) => ({
      domain,
      accuracy: proportion(correct, judged),
      format: proportion(strict, read),
    })),
    createdAt: e.created_at,
    endedAt: e.ended_at,
    recorded: e.recorded,
  };
}
