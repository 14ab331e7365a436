// Which lines of a log count where several processes wrote it one after another: one that goes on from a checkpoint tells of some steps again,
// and all of a step is of the last process that made it. Used by harvest.ts, ingest.ts, stages.ts, curves.ts and told.ts.
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';

/** Metrics of a step that a process makes. Exams are told at the step that they are about, which an earlier one may have made. */
const MADE = ['policy/', 'reward/', 'completion/'] as const;

export function isOfAStep(metrics: readonly string[]): boolean {
  return metrics.some((name) => MADE.some((start) => name.startsWith(start)));
}

/** The same for a line of job_events; its rollouts are of a step, too. */
export const lineOfAStep = sql`(kind = 'rollouts' OR (kind = 'metrics'
  AND (body LIKE ${`%"${MADE[0]}%`} OR body LIKE ${`%"${MADE[1]}%`} OR body LIKE ${`%"${MADE[2]}%`})))`;

/** Tells of a line whether a later process has made its step again, or has gone back before it. */
export function voided(catalog: Catalog, job: string): (line: { seq: number; step: number }) => boolean {
  const starts = catalog.column(
    sql`SELECT seq FROM job_events WHERE job = ${job} AND kind = 'start' ORDER BY seq`,
  ) as number[];
  const again = starts.slice(1).flatMap((seq) => {
    const [step] = catalog.column(sql`SELECT json_extract(body, '$.step') FROM job_events
      WHERE job = ${job} AND seq > ${seq} AND ${lineOfAStep} ORDER BY seq LIMIT 1`) as number[];
    return step === undefined ? [] : [{ seq, step }];
  });
  return (line) => again.some((begun) => line.seq < begun.seq && line.step >= begun.step);
}
