// Many rows a statement into the tables of a run: the same rows as one by one, with far fewer calls. Called by ingest.ts inside its transaction.
import type { Catalog } from '../catalog/catalog.ts';
import { listOf, type Sql, type SqlValue, sql } from '../catalog/sql.ts';
import type { RolloutValues } from './rollout-lines.ts';

/** Rows a statement: few sizes, so that few statements are prepared. */
const sizes = [64, 8, 1] as const;

/** `INSERT … VALUES (…), (…)` for each size; the texts are made once, only values differ. */
function bulk(width: number, statement: (tuples: Sql) => Sql): Map<number, Sql> {
  const tuple = sql`(${listOf(new Array<null>(width).fill(null))})`;
  return new Map(
    sizes.map((size) => {
      const tuples = Array.from({ length: size }, () => tuple).reduce((all, one) => sql`${all}, ${one}`);
      return [size, statement(tuples)];
    }),
  );
}

const events = bulk(5, (tuples) => sql`INSERT INTO job_events (job, seq, kind, wall, body) VALUES ${tuples}`);
// Steps that a run goes over again are made void before; what a damaged log still tells twice is taken as told last.
const metrics = bulk(
  4,
  (tuples) => sql`INSERT INTO metrics (job, name, step, value) VALUES ${tuples}
    ON CONFLICT (job, name, step) DO UPDATE SET value = excluded.value`,
);
// Not OR REPLACE: it would delete without a word to the index of texts.
const rollouts = bulk(
  15,
  (
    tuples,
  ) => sql`INSERT INTO rollouts (job, step, group_index, sample, row_id, prompt, completion, tokens, truncated,
    total, parts, verdict, answer, advantage, why) VALUES ${tuples}
    ON CONFLICT (job, step, group_index, sample) DO UPDATE SET row_id = excluded.row_id, prompt = excluded.prompt,
      completion = excluded.completion, tokens = excluded.tokens, truncated = excluded.truncated, total = excluded.total,
      parts = excluded.parts, verdict = excluded.verdict, answer = excluded.answer, advantage = excluded.advantage,
      why = excluded.why`,
);

/** Each row: seq, kind, wall, body. */
export function insertEvents(catalog: Catalog, job: string, rows: readonly (readonly SqlValue[])[]): void {
  insert(catalog, events, job, rows);
}

/** Each row: name, step, value. Goes in by name, as the table is ordered. */
export function insertMetrics(
  catalog: Catalog,
  job: string,
  rows: readonly (readonly [string, number, number | null])[],
): void {
  const byName = new Map<string, (readonly [string, number, number | null])[]>();
  for (const row of rows) {
    const known = byName.get(row[0]);
    if (known) known.push(row);
    else byName.set(row[0], [row]);
  }
  insert(catalog, metrics, job, [...byName.values()].flat());
}

export function insertRollouts(catalog: Catalog, job: string, rows: readonly RolloutValues[]): void {
  insert(catalog, rollouts, job, rows);
}

function insert(
  catalog: Catalog,
  statements: Map<number, Sql>,
  job: string,
  rows: readonly (readonly SqlValue[])[],
): void {
  let at = 0;
  for (const size of sizes) {
    const statement = statements.get(size)!;
    for (; rows.length - at >= size; at += size) {
      const values: SqlValue[] = [];
      for (let i = at; i < at + size; i++) {
        values.push(job);
        for (const value of rows[i]!) values.push(value);
      }
      catalog.run({ ...statement, values });
    }
  }
}
