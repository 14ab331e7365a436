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
    base_eval_id: z.string().nullable(),
    job_id: z.string().nullable(),
    adapter_id: z.string().nullable(),
    adapter_eval_id: z.string().nullable(),
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
      baseEvalId: s.base_eval_id,
      jobId: s.job_id,
      adapterId: s.adapter_id,
      adapterEvalId: s.adapter_eval_id,
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
    INSERT INTO demos (id, seed, state, stage, error, base_eval_id, job_id, adapter_id, adapter_eval_id, report_path, recorded, started_at, ended_at)
    VALUES (${d.id}, ${d.seed}, ${d.state}, ${d.stage}, ${d.error}, ${d.baseEvalId}, ${d.jobId}, ${d.adapterId}, ${d.adapterEvalId},
      ${d.reportPath}, ${d.recorded ? 1 : 0}, ${d.startedAt}, ${d.endedAt})
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, stage = excluded.stage, error = excluded.error,
      base_eval_id = excluded.base_eval_id, job_id = excluded.job_id, adapter_id = excluded.adapter_id,
      adapter_eval_id = excluded.adapter_eval_id, report_path = excluded.report_path, ended_at = excluded.ended_at`);
}
