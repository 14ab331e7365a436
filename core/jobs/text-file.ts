// The file that a person names to learn from: a JSONL file on this machine, or the traces that a run of rejection sampling brought home. Used by blocks.ts.
import { resolve } from 'node:path';
import { z } from 'zod';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import { tracesAtHome } from './artifacts.ts';
import type { JobsDeps, TextFile } from './deps.ts';

/** Throws `conflict` for a run that has brought no traces home. */
export function textFile(deps: Pick<JobsDeps, 'catalog' | 'blobs'>, named: string): TextFile {
  const run = deps.catalog.get(
    z.object({ name: z.string() }),
    sql`SELECT name FROM jobs WHERE id = ${named}`,
  );
  if (!run) return { path: resolve(named), name: named };
  const file = tracesAtHome(deps.catalog, named);
  if (!file)
    throw new CoreError('conflict', `The run "${run.name}" has brought no traces home.`, { id: named });
  return { path: deps.blobs.path(file.sha256), name: `the traces of "${run.name}"` };
}
