// The table of sources. A source is there for everybody only when its import has ended: until then `imported_at` is 0 and
// no list, count or search knows it or its rows. Whatever a killed process left of an import is removed at the next start.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import type { Adapter, Source } from '../contract/datasets.ts';
import { CoreError } from '../contract/errors.ts';
import { sourcesNamed } from '../contract/source-name.ts';

const columns = sql`rowid, id, dataset, config, split, revision, licence, adapter, origin, sha256,
  row_count, reject_count, locked, imported_at`;

const SourceRecord = z.object({
  rowid: z.int(),
  id: z.string(),
  dataset: z.string(),
  config: z.string(),
  split: z.string(),
  revision: z.string().nullable(),
  licence: z.string().nullable(),
  adapter: z.enum(['gsm8k', 'ai2_arc', 'rows']),
  origin: z.string(),
  sha256: z.string(),
  row_count: z.int(),
  reject_count: z.int(),
  locked: z.string().nullable(),
  imported_at: z.int(),
});

/** A source with the key that its rows use. */
export type StoredSource = Source & { rowid: number };

export type NewSource = Omit<Source, 'rowCount' | 'rejectCount' | 'importedAt'>;

/** Condition for sources (or rows joined to them) that everybody may see. */
export const isVisible: Sql = sql`imported_at > 0`;

export function listSources(catalog: Catalog): StoredSource[] {
  return catalog
    .all(
      SourceRecord,
      sql`SELECT ${columns} FROM sources WHERE ${isVisible} ORDER BY dataset, config, split, rowid`,
    )
    .map(toSource);
}

/**
 * The one source that a person means by an id, a data set, `dataset:split` or `dataset:config:split`.
 * Throws `not-found` when there is none and `bad-input` when there are several. `shipped` gives the command that imports what comes with
 * the program.
 */
export function resolveSource(
  catalog: Catalog,
  text: string,
  shipped: (text: string) => string | null,
): StoredSource {
  const sources = listSources(catalog);
  const matching = sourcesNamed(sources, text);
  if (matching.length === 1) return matching[0]!;
  const ids = (matching.length > 1 ? matching : sources).map((source) => source.id).join(', ');
  if (matching.length > 1)
    throw new CoreError('bad-input', `"${text}" fits ${matching.length} sources. Name one of: ${ids}.`);
  const importing = shipped(text);
  const next = importing
    ? ` It comes with Forethought; import it: \`${importing}\`.`
    : ids === ''
      ? ' Import some: `npx forethought datasets import --help` says how.'
      : '';
  throw new CoreError(
    'not-found',
    ids === ''
      ? `There is no source "${text}" in this lab: it holds no questions yet.${next}`
      : `There is no source "${text}" in this lab. It holds: ${ids}.${next}`,
  );
}

/** Makes a source that nobody sees yet and returns its key. Throws `conflict` when the id is taken. */
export function beginSource(catalog: Catalog, source: NewSource): number {
  return catalog.transaction(() => {
    refuseTaken(catalog, source.id, source.sha256);
    catalog.run(sql`INSERT INTO sources
      (id, dataset, config, split, revision, licence, adapter, origin, sha256, row_count, reject_count, locked, imported_at)
      VALUES (${source.id}, ${source.dataset}, ${source.config}, ${source.split}, ${source.revision}, ${source.licence},
        ${source.adapter satisfies Adapter}, ${source.origin}, ${source.sha256}, 0, 0, ${source.locked}, 0)`);
    return catalog.column(sql`SELECT rowid FROM sources WHERE id = ${source.id}`)[0] as number;
  });
}

/** Throws `conflict` when a source of that id is in the lab, or is being imported. */
function refuseTaken(catalog: Catalog, id: string, sha256: string): void {
  const taken = catalog.get(SourceRecord, sql`SELECT ${columns} FROM sources WHERE id = ${id}`);
  if (!taken) return;
  if (taken.imported_at === 0)
    throw new CoreError('conflict', `${id} is being imported right now. Wait for its end.`);
  const same = taken.sha256 === sha256 ? 'the same file' : `another file, ${taken.origin}`;
  throw new CoreError(
    'conflict',
    `${id} is in this lab already (${taken.row_count} rows, from ${same}). Nothing was changed. To take it in anew, remove it first: \`npx forethought datasets remove ${id}\`. To keep both, give the new one another --split.`,
    { sourceId: id },
  );
}

/** Shows the finished source to everybody. */
export function endSource(
  catalog: Catalog,
  rowid: number,
  counts: { rows: number; rejects: number; now: number },
): void {
  catalog.run(sql`UPDATE sources
    SET row_count = ${counts.rows}, reject_count = ${counts.rejects}, imported_at = ${counts.now} WHERE rowid = ${rowid}`);
}

/** Keys of imports that never ended. */
export function unfinishedSources(catalog: Catalog): number[] {
  return catalog.column(sql`SELECT rowid FROM sources WHERE imported_at = 0`) as number[];
}

/**
 * Hides a source from everybody, if nothing relies on it; its rows go by `removeSource`, or at the next start.
 * Throws `conflict` that names what does: the numbers of an evaluation, and what a run was trained on, keep their questions.
 */
export function hideSource(catalog: Catalog, source: StoredSource): void {
  catalog.transaction(() => {
    const users = relying(catalog, source.id);
    if (users.length > 0)
      throw new CoreError(
        'conflict',
        `${source.id} stays: ${users.length === 1 ? 'this relies' : 'these rely'} on its questions: ${users.slice(0, 5).join(', ')}${users.length > 5 ? `, and ${users.length - 5} more` : ''}. Nothing was changed. In a new lab (--lab) the file can be imported again.`,
        { sourceId: source.id, users },
      );
    catalog.run(sql`UPDATE sources SET imported_at = 0 WHERE rowid = ${source.rowid}`);
  });
}

/** Names of the evaluations and runs that asked its questions. */
function relying(catalog: Catalog, id: string): string[] {
  return catalog.column(sql`SELECT 'evaluation "' || name || '"' FROM evaluations WHERE source_id = ${id}
    UNION ALL
    SELECT 'run "' || j.name || '"' FROM jobs j JOIN snapshots s ON s.sha256 = json_extract(j.spec, '$.data.snapshot')
      WHERE EXISTS (SELECT 1 FROM json_each(s.sources) WHERE value = ${id})`) as string[];
}

/** Removes a source with its rows and rejects, a part at a time so that the core goes on answering. */
export async function removeSource(catalog: Catalog, rowid: number): Promise<void> {
  while (true) {
    const removed = catalog.run(
      sql`DELETE FROM rows WHERE rowid IN (SELECT rowid FROM rows WHERE source = ${rowid} LIMIT 200)`,
    );
    if (removed === 0) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  catalog.run(sql`DELETE FROM sources WHERE rowid = ${rowid}`);
}

function toSource(record: z.infer<typeof SourceRecord>): StoredSource {
  const { row_count: rowCount, reject_count: rejectCount, imported_at: importedAt, ...rest } = record;
  return { ...rest, rowCount, rejectCount, importedAt };
}
