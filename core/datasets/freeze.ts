// Freezes rows for training: each row with its rendered prompt, one JSON line each, stored by content. Hosts read nothing else.
import { hash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Blobs } from '../blobs/blobs.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { PromptTemplate } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
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

/**
 * Stores `{"row":…,"prompt":…}` lines of the source, the first `limit` rows of a seeded order, and notes the snapshot.
 * Equal rows and template give equal bytes. Throws `conflict` for a locked source and
 * for one that holds questions of a locked source, `bad-input` when a prompt cannot be made.
 */
export async function freezeSource(
  deps: FreezeDeps,
  source: StoredSource,
  template: PromptTemplate,
  limit?: number,
): Promise<{ sha256: string; count: number }> {
  if (source.locked !== null)
    throw new CoreError('conflict', `${source.id} is locked against training. ${source.locked}`, {
      sourceId: source.id,
    });
  await refuseLeak(deps.catalog, source);
  const ids = await seededOrder(idsOfSource(deps.catalog, source.rowid), 'training', limit);
  const { sha256 } = await deps.blobs.put(linesOf(deps.catalog, ids, template));
  deps.catalog.run(sql`INSERT INTO snapshots (sha256, name, count, sources, template, created_at)
    VALUES (${sha256}, ${`${source.id} · ${ids.length} rows`}, ${ids.length}, ${JSON.stringify([source.id])},
      ${template.id}, ${deps.now()})
    ON CONFLICT (sha256) DO NOTHING`);
  return { sha256, count: ids.length };
}

async function* linesOf(
  catalog: Catalog,
  ids: readonly string[],
  template: PromptTemplate,
): AsyncGenerator<string> {
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const rows = ids.slice(at, at + AT_ONCE).map((id) => rowById(catalog, id));
    yield rows.map((row) => `${JSON.stringify({ row, prompt: promptOf(template, row) })}\n`).join('');
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
