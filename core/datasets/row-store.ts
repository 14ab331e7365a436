// The table of rows: a Row in, a Row out.
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { listOf, sql } from '../catalog/sql.ts';
import { type Reject, RowSummary } from '../contract/datasets.ts';
import { notFound } from '../contract/errors.ts';
import { AnswerType, Row } from '../contract/row.ts';
import { isVisible } from './source-store.ts';

const json = z.string().transform((text) => JSON.parse(text) as unknown);

const RowRecord = z
  .object({
    id: z.string(),
    question: z.string(),
    answer: z.string().nullable(),
    answer_raw: z.string(),
    domain: z.string(),
    answer_type: z.string(),
    choices: json.nullable(),
    context: z.string().nullable(),
    verifier: json.nullable(),
    origin: json,
    choice_permutation: json.nullable(),
    flags: json,
    hash: z.string(),
  })
  .transform(
    ({ answer_raw: answerRaw, answer_type: answerType, origin: source, choice_permutation, ...rest }) => ({
      ...rest,
      answerRaw,
      answerType,
      source,
      choicePermutation: choice_permutation,
    }),
  )
  .pipe(Row);

const SummaryRecord = z
  .object({
    id: z.string(),
    question: z.string(),
    answer: z.string().nullable(),
    domain: z.string(),
    answerType: z.string(),
    choices: json.nullable(),
    dataset: z.string(),
    split: z.string(),
    flags: json,
  })
  .pipe(RowSummary);

const columns = sql`r.id, r.question, r.answer, r.answer_raw, r.domain, r.answer_type, r.choices, r.context, r.verifier,
  r.origin, r.choice_permutation, r.flags, r.hash`;

/** False when a row of that id is in the lab already. */
export function insertRow(catalog: Catalog, source: number, row: Row): boolean {
  const choices = row.choices && JSON.stringify(row.choices);
  const verifier = row.verifier && JSON.stringify(row.verifier);
  const permutation = row.choicePermutation && JSON.stringify(row.choicePermutation);
  const changed = catalog.run(sql`INSERT INTO rows
    (id, source, question, answer, answer_raw, domain, answer_type, choices, context, verifier, origin,
      choice_permutation, flags, hash)
    VALUES (${row.id}, ${source}, ${row.question}, ${row.answer}, ${row.answerRaw}, ${row.domain}, ${row.answerType},
      ${choices}, ${row.context}, ${verifier}, ${JSON.stringify(row.source)}, ${permutation},
      ${JSON.stringify(row.flags)}, ${row.hash})
    ON CONFLICT (id) DO NOTHING`);
  return changed === 1;
}

export function insertReject(catalog: Catalog, source: number, reject: Reject): void {
  catalog.run(sql`INSERT INTO rejects (source, line, reason, excerpt)
    VALUES (${source}, ${reject.line}, ${reject.reason}, ${reject.excerpt})`);
}

/** Throws `not-found`. */
export function rowById(catalog: Catalog, id: string): Row {
  const row = catalog.get(
    RowRecord,
    sql`SELECT ${columns} FROM rows r JOIN sources s ON s.rowid = r.source WHERE r.id = ${id} AND s.${isVisible}`,
  );
  if (row) return row;
  throw notFound('row', id, 'datasets rows');
}

/** Id of the source that holds the row. */
export function sourceOfRow(catalog: Catalog, id: string): string {
  const query = sql`SELECT s.id FROM rows r JOIN sources s ON s.rowid = r.source WHERE r.id = ${id}`;
  return catalog.column(query)[0] as string;
}

/** Ids of the rows of a source, in the order of the file. */
export function idsOfSource(catalog: Catalog, source: number): string[] {
  return catalog.column(sql`SELECT id FROM rows WHERE source = ${source} ORDER BY rowid`) as string[];
}

/** Rows of a source whose content a locked source holds too, and the ids of those locked sources. */
export async function sharedWithLocked(
  catalog: Catalog,
  source: number,
): Promise<{ rows: number; lockedIds: string[] }> {
  const rowids = catalog.column(sql`SELECT rowid FROM rows WHERE source = ${source} ORDER BY rowid`);
  const shared = new Set<string>();
  const lockedIds = new Set<string>();
  // In parts, between which the core answers others.
  for (let at = 0; at < rowids.length; at += 2000) {
    const [first, last] = [rowids[at]!, rowids[Math.min(at + 2000, rowids.length) - 1]!];
    const found = catalog.all(
      z.object({ id: z.string(), locked: z.string() }),
      sql`SELECT DISTINCT r.id, s.id AS locked
        FROM rows r JOIN rows other ON other.hash = r.hash JOIN sources s ON s.rowid = other.source
        WHERE r.rowid BETWEEN ${first} AND ${last} AND r.source = ${source} AND s.locked IS NOT NULL AND s.${isVisible}`,
    );
    for (const { id, locked } of found) {
      shared.add(id);
      lockedIds.add(locked);
    }
    await breathe();
  }
  return { rows: shared.size, lockedIds: [...lockedIds].sort() };
}

/** How many rows of a source have the content of a row of the others. */
export function sharedRows(catalog: Catalog, source: number, others: readonly number[]): number {
  const [count] = catalog.column(
    sql`SELECT COUNT(*) FROM rows r WHERE r.source = ${source}
      AND EXISTS (SELECT 1 FROM rows o WHERE o.hash = r.hash AND o.source IN (${listOf(others)}))`,
  );
  return Number(count);
}

const KindRecord = z.object({ domain: z.string(), answerType: AnswerType, rows: z.int() });
export type RowKindCount = z.infer<typeof KindRecord>;

/** The kinds of rows of a source, and how many there are of each. */
export function rowKinds(catalog: Catalog, source: number): RowKindCount[] {
  return catalog.all(
    KindRecord,
    sql`SELECT domain, answer_type AS answerType, COUNT(*) AS rows FROM rows WHERE source = ${source}
      GROUP BY domain, answer_type ORDER BY domain, answer_type`,
  );
}

/** The lines of the table for these keys, in the order of the table. At most a few hundred keys. */
export function summaries(catalog: Catalog, rowids: readonly number[]): RowSummary[] {
  if (rowids.length === 0) return [];
  return catalog.all(
    SummaryRecord,
    sql`SELECT r.id, r.question, r.answer, r.domain, r.answer_type AS answerType, r.choices, s.dataset, s.split, r.flags
      FROM rows r JOIN sources s ON s.rowid = r.source WHERE r.rowid IN (${listOf(rowids)}) ORDER BY r.rowid`,
  );
}

const RejectRecord = z.object({ line: z.int(), reason: z.string(), excerpt: z.string() });

export function rejectsOf(
  catalog: Catalog,
  source: number,
  page: { offset: number; limit: number },
): Reject[] {
  return catalog.all(
    RejectRecord,
    sql`SELECT line, reason, excerpt FROM rejects WHERE source = ${source}
      ORDER BY line LIMIT ${page.limit} OFFSET ${page.offset}`,
  );
}
