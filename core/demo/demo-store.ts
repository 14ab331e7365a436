// Demos in the catalog: one row each, written whole after every stage. Used by the demo feature only.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import { Demo } from '../contract/demo.ts';

const Stored = z
  .object({
    id: z.string(),
    seed: z.int(),
    state: Demo.shape.state,
    stage: Demo.shape.stage,
    error: z.string().nullable(),
    job_id: z.string().nullable(),
    checkpoints: z.string().transform((text) => Demo.shape.checkpoints.parse(JSON.parse(text))),
    report_path: z.string().nullable(),
    recorded: z.int(),
    started_at: z.int(),
    ended_at: z.int().nullable(),
  })
  .transform(
    (s): Demo => ({
      id: s.id,
      seed: s.seed,
      state: s.state,
      stage: s.stage,
      error: s.error,
      jobId: s.job_id,
      checkpoints: s.checkpoints,
      reportPath: s.report_path,
      recorded: s.recorded === 1,
      startedAt: s.started_at,
      endedAt: s.ended_at,
    }),
  );

/** Newest first. */
export function findDemos(catalog: Catalog, condition: Sql = sql`TRUE`): Demo[] {
  return catalog.all(Stored, sql`SELECT * FROM demos WHERE ${condition} ORDER BY started_at DESC`);
}

export function saveDemo(catalog: Catalog, d: Demo): void {
  catalog.run(sql`
    INSERT INTO demos (id, seed, state, stage, error, job_id, checkpoints, report_path, recorded, started_at, ended_at)
    VALUES (${d.id}, ${d.seed}, ${d.state}, ${d.stage}, ${d.error}, ${d.jobId}, ${JSON.stringify(d.checkpoints)},
      ${d.reportPath}, ${d.recorded ? 1 : 0}, ${d.startedAt}, ${d.endedAt})
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, stage = excluded.stage, error = excluded.error,
      job_id = excluded.job_id, checkpoints = excluded.checkpoints, report_path = excluded.report_path,
      ended_at = excluded.ended_at`);
}
