// What a run has told beside its curves, read from its stored events: held-out results. Called by jobs.ts; changes nothing.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { RunEval } from '../contract/run-views.ts';
import { jobRecord } from './records.ts';

const Body = z.object({ body: z.string() });

/** By step. A run that went over a step again told of it twice: the last time counts. Lines that are no result are left out. */
export function jobEvals(catalog: Catalog, id: string): RunEval[] {
  jobRecord(catalog, id);
  const latest = new Map<string, RunEval>();
  for (const { body } of catalog.all(
    Body,
    sql`SELECT body FROM job_events WHERE job = ${id} AND kind = 'eval' ORDER BY seq`,
  )) {
    const read = RunEval.safeParse(JSON.parse(body));
    if (!read.success) continue;
    const { step, set, of } = read.data;
    latest.set(JSON.stringify([step, set, of]), read.data);
  }
  return [...latest.values()].sort((a, b) => a.step - b.step || (a.set < b.set ? -1 : 1));
}
