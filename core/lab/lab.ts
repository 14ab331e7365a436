// The lab as a whole for the window's Home and for `forethought lab status`.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import type { Activities } from '../catalog/activities.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Changes } from '../catalog/changes.ts';
import { catalogVersion } from '../catalog/migrations.ts';
import { sql } from '../catalog/sql.ts';
import type { Handlers } from '../contract/handlers.ts';
import type { LabStatus } from '../contract/lab.ts';

export interface LabDeps {
  catalog: Catalog;
  changes: Changes;
  activities: Activities;
  folder: string;
  version: string;
  trainer(): Promise<LabStatus['trainer']>;
}

const Counts = z.object({
  sources: z.int(),
  rows: z.int(),
  runs: z.int(),
  runningRuns: z.int(),
  bases: z.int(),
  adapters: z.int(),
  readyAdapters: z.int(),
  evaluations: z.int(),
  completions: z.int(),
  recorded: z.int(),
});

export function createLab(deps: LabDeps): Handlers['lab'] {
  return {
    status: async () => {
      const { recorded, ...counts } = countAll(deps.catalog);
      return {
        folder: deps.folder,
        name: basename(deps.folder),
        version: deps.version,
        catalogVersion,
        isSample: recorded > 0 && recorded === counts.runs + counts.evaluations,
        counts,
        trainer: await deps.trainer(),
        savedAt: lastWrite(deps.catalog.path),
      };
    },
    activities: () => deps.activities.list(),
    cancel: (input) => ({ cancelled: deps.activities.cancel(input.id) }),
    changes: (_, { signal }) => deps.changes.follow(signal),
  };
}

function countAll(catalog: Catalog): z.infer<typeof Counts> {
  const found = catalog.get(
    Counts,
    sql`SELECT
      (SELECT count(*) FROM sources WHERE imported_at > 0) AS sources,
      (SELECT coalesce(sum(row_count), 0) FROM sources WHERE imported_at > 0) AS rows,
      (SELECT count(*) FROM jobs) AS runs,
      (SELECT count(*) FROM jobs WHERE state NOT IN ('DONE', 'FAILED', 'STOPPED', 'EXPIRED', 'LOST')) AS runningRuns,
      (SELECT count(*) FROM models WHERE kind = 'base') AS bases,
      (SELECT count(*) FROM models WHERE kind = 'adapter') AS adapters,
      (SELECT count(*) FROM models WHERE kind = 'adapter' AND state = 'ready') AS readyAdapters,
      (SELECT count(*) FROM evaluations) AS evaluations,
      (SELECT count(*) FROM completions) AS completions,
      (SELECT count(*) FROM jobs WHERE recorded = 1) + (SELECT count(*) FROM evaluations WHERE recorded = 1) AS recorded`,
  );
  return Counts.parse(found);
}

/** The write-ahead log is touched by every commit; after a checkpoint the file itself is the younger one. */
function lastWrite(path: string): number | null {
  const times = [path, `${path}-wal`].map((p) => statSync(p, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const latest = Math.max(...times);
  return latest === 0 ? null : latest;
}
