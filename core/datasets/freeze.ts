// Freezes rows for training and for exams: each row with its rendered prompt, one JSON line each, stored by content. Hosts read nothing else.
import { hash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Blobs } from '../blobs/blobs.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { PromptTemplate } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { allTooLong } from '../contract/source-name.ts';
import { renderPrompt } from '../rewards/prompt-template.ts';
import { idsOfSource, rowById, sharedWithLocked } from './row-store.ts';
import type { StoredSource } from './source-store.ts';

export interface FreezeDeps {
  catalog: Catalog;
  blobs: Blobs;
  now: () => number;
}

/** So many rows are read, or ids hashed, before others get their turn: a few milliseconds. */
const AT_ONCE = 100;

/** The ids in an order that depends on the seed and on nothing else; the first `limit` of them. */
export async function seededOrder(
  ids: readonly string[],
  seed: number | string,
  limit?: number,
): Promise<string[]> {
  const keyed: string[] = [];
  for (const [i, id] of ids.entries()) {
    keyed.push(`${hash('sha256', `${seed}\n${id}`)}${id}`);
    if (i % (50 * AT_ONCE) === 0) await breathe();
  }
  keyed.sort();
  return keyed.slice(0, limit).map((key) => key.slice(64));
}

/** What is frozen from sources. Rows that are examined may be of locked sources: nothing is learned from them. */
export interface FreezeRows {
  sources: readonly StoredSource[];
  template: PromptTemplate;
  purpose: 'train' | 'examine';
  /** The first rows of a seeded order; all without it. */
  limit?: number | undefined;
  /** So many rows of all are set aside, the same whatever a run's seed is: this is them, or the others. */
  aside?: { rows: number; part: 'aside' | 'rest' } | undefined;
  /** Leaves the others out. */
  keep?: Keep | undefined;
}

/** Which of some lines are kept, for what only another feature knows: how long they are to a model. */
export type Keep = (lines: readonly { prompt: string; texts: readonly string[] }[]) => Promise<boolean[]>;

export interface Frozen {
  sha256: string;
  count: number;
  /** Rows of each data set, by the name that the rows say. */
  datasets: Record<string, number>;
}

/**
 * Stores `{"row":…,"prompt":…}` lines and notes the snapshot. Equal rows and template give equal bytes. Throws `conflict` for
 * training on a locked source and on one that holds questions of a locked source, `bad-input` when a prompt cannot be made or
 * nothing is left.
 */
export async function freezeRows(deps: FreezeDeps, what: FreezeRows): Promise<Frozen> {
  const { sources, template } = what;
  for (const source of what.purpose === 'train' ? sources : []) {
    if (source.locked !== null)
      throw new CoreError('conflict', `${source.id} is locked against training. ${source.locked}`, {
        sourceId: source.id,
      });
    await refuseLeak(deps.catalog, source);
  }
  const all = sources.flatMap((source) => idsOfSource(deps.catalog, source.rowid));
  const ids = await seededOrder(await partOf(all, what.aside), 'training', what.limit);
  const name = sources.map((source) => source.id).join(', ');
  if (ids.length === 0) throw new CoreError('bad-input', `No rows are left of ${name}.`);
  const datasets: Record<string, number> = {};
  const { sha256 } = await deps.blobs.put(linesOf(deps.catalog, ids, template, datasets, what.keep));
  const count = Object.values(datasets).reduce((sum, n) => sum + n, 0);
  if (count === 0) throw new CoreError('bad-input', allTooLong(ids.length, name));
  noteSnapshot(
    deps,
    { sha256, count },
    name,
    sources.map((source) => source.id),
    template,
  );
  return { sha256, count, datasets };
}

async function partOf(ids: readonly string[], aside: FreezeRows['aside']): Promise<readonly string[]> {
  if (!aside) return ids;
  const order = await seededOrder(ids, 'set aside');
  return aside.part === 'aside' ? order.slice(0, aside.rows) : order.slice(aside.rows);
}

export function noteSnapshot(
  deps: FreezeDeps,
  { sha256, count }: { sha256: string; count: number },
  name: string,
  sources: readonly string[],
  template: PromptTemplate,
): void {
  deps.catalog.run(sql`INSERT INTO snapshots (sha256, name, count, sources, template, created_at)
    VALUES (${sha256}, ${`${name.slice(0, 200)} · ${count} rows`}, ${count}, ${JSON.stringify(sources)},
      ${template.id}, ${deps.now()})
    ON CONFLICT (sha256) DO NOTHING`);
}

async function* linesOf(
  catalog: Catalog,
  ids: readonly string[],
  template: PromptTemplate,
  datasets: Record<string, number>,
  keep: Keep | undefined,
): AsyncGenerator<string> {
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const lines = ids.slice(at, at + AT_ONCE).map((id) => {
      const row = rowById(catalog, id);
      return { row, prompt: promptOf(template, row) };
    });
    const kept = await keep?.(lines.map(({ prompt }) => ({ prompt, texts: [] })));
    const taken = kept ? lines.filter((_, i) => kept[i]) : lines;
    for (const { row } of taken) datasets[row.source.dataset] = (datasets[row.source.dataset] ?? 0) + 1;
    yield taken.map((line) => `${JSON.stringify(line)}\n`).join('');
    await breathe();
  }
}

/** The same questions under another name: a split is a label on a file, its content is what must not be trained on. */
async function refuseLeak(catalog: Catalog, source: StoredSource): Promise<void> {
  const { rows, lockedIds } = await sharedWithLocked(catalog, source.rowid);
  if (rows === 0) return;
  throw new CoreError(
    'conflict',
    `${source.id} cannot be trained on: ${rows} of its ${source.rowCount} rows ${rows === 1 ? 'is' : 'are'} also in ${lockedIds.join(', ')}, which ${lockedIds.length === 1 ? 'is' : 'are'} kept for evaluation. After training on ${rows === 1 ? 'it' : 'them'}, no score there would mean anything. Take a training file without these rows. Nothing was frozen.`,
    { sourceId: source.id, rows, lockedIds },
  );
}

/** The prompt of a row. Throws `bad-input` where it cannot be made. */
export function promptOf(template: PromptTemplate, row: Row): string {
  try {
    return renderPrompt(template, row);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CoreError(
      'bad-input',
      `No prompt can be made of row "${row.id}": ${why}`,
      { rowId: row.id },
      error,
    );
  }
}
