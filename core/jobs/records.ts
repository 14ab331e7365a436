// The rows of runs: read, insert, change state with its transition, remember warnings. Every other file of this feature goes through here to write state.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { type Sql, sql } from '../catalog/sql.ts';
import { CoreError, notFound } from '../contract/errors.ts';
import { JobKind } from '../contract/job-spec.ts';
import { JobState } from '../contract/jobs.ts';
import { isTerminal, mayFollow } from './states.ts';

export const JobRecord = z.object({
  id: z.string(),
  name: z.string(),
  kind: JobKind,
  host: z.string(),
  state: JobState,
  /** Relative to the host's root. */
  folder: z.string(),
  command: z.string(),
  base_id: z.string(),
  /** SHA-256 of the manifest of the adapter that is merged into the base last; null for the base alone. */
  upon: z.string().nullable(),
  adapter_id: z.string().nullable(),
  suite_name: z.string(),
  suite_hash: z.string(),
  suite_max: z.number(),
  suite_min: z.number(),
  phase: z.string(),
  step: z.int(),
  total_steps: z.int(),
  heard_at: z.number().nullable(),
  failure_class: z.string().nullable(),
  failure_message: z.string().nullable(),
  log_uuid: z.string().nullable(),
  /** Number of the log's line with which the present attempt begins. */
  attempt_seq: z.int(),
  launches: z.int(),
  recorded: z.int(),
  created_at: z.number(),
  started_at: z.number().nullable(),
  ended_at: z.number().nullable(),
});
export type JobRecord = z.infer<typeof JobRecord>;

/** All but the spec, which is long and read only for one run at a time. */
const columns = sql`id, name, kind, host, state, folder, command, base_id,
  json_extract(spec, '$.base.adapters[#-1].manifestSha256') AS upon, adapter_id, suite_name, suite_hash, suite_max, suite_min,
  phase, step, total_steps, heard_at, failure_class, failure_message, log_uuid, attempt_seq, launches, recorded, created_at, started_at, ended_at`;

/** Throws `not-found`. */
export function jobRecord(catalog: Catalog, id: string): JobRecord {
  const job = catalog.get(JobRecord, sql`SELECT ${columns} FROM jobs WHERE id = ${id}`);
  if (!job) throw notFound('run', id, 'jobs list');
  return job;
}

export function jobRecords(catalog: Catalog): JobRecord[] {
  return catalog.all(JobRecord, sql`SELECT ${columns} FROM jobs ORDER BY created_at DESC, id DESC`);
}

/** Runs of this lab that are not over, oldest first; recorded ones never are going on. */
export function openJobIds(catalog: Catalog): string[] {
  return catalog
    .all(
      z.object({ id: z.string(), state: JobState }),
      sql`SELECT id, state FROM jobs WHERE recorded = 0 ORDER BY created_at, id`,
    )
    .filter((job) => !isTerminal(job.state))
    .map((job) => job.id);
}

/** The canonical text whose SHA-256 is the spec's identity: these very bytes become spec.json. */
export function specText(catalog: Catalog, id: string): string {
  const found = catalog.get(z.object({ spec: z.string() }), sql`SELECT spec FROM jobs WHERE id = ${id}`);
  if (!found) throw notFound('run', id, 'jobs list');
  return found.spec;
}

export interface Step {
  to: JobState;
  at: number;
  /** When it was over by its host's word; without one, `at`, which is when that was seen. */
  endedAt?: number | null;
  reason: string;
  failure?: { class: string; message: string } | null;
  adapterId?: string | null;
}

/**
 * One change of state and its row, in one transaction. Returns false, changing nothing, when the run is no longer in `from`
 * (a stop request came first); throws for a step that the table of states does not know.
 */
export function transition(catalog: Catalog, id: string, from: JobState, step: Step): boolean {
  if (!mayFollow(from, step.to))
    throw new CoreError('internal', `Run ${id} cannot go from ${from} to ${step.to}.`, {
      id,
      from,
      to: step.to,
    });
  return catalog.transaction(() => {
    const also: Sql[] = [];
    if (step.to === 'QUEUED') also.push(another);
    if (step.to === 'RUNNING') also.push(sql`, started_at = COALESCE(started_at, ${step.at})`);
    // A clock of its host that goes wrong moves no end into the future, nor before the beginning.
    const endedAt = Math.min(step.endedAt ?? step.at, step.at);
    if (isTerminal(step.to))
      also.push(sql`, ended_at = MAX(${endedAt}, COALESCE(started_at, ${endedAt})), phase = ''`);
    if (step.failure)
      also.push(sql`, failure_class = ${step.failure.class}, failure_message = ${step.failure.message}`);
    if (step.adapterId !== undefined) also.push(sql`, adapter_id = ${step.adapterId}`);
    const extra = also.reduce((all, one) => sql`${all}${one}`, sql``);
    const changed = catalog.run(
      sql`UPDATE jobs SET state = ${step.to}${extra} WHERE id = ${id} AND state = ${from}`,
    );
    if (changed === 0) return false;
    recordTransition(catalog, id, from, step);
    return true;
  });
}

/** Back in the queue: how the attempt before ended is history. */
const another = sql`, failure_class = NULL, failure_message = NULL, ended_at = NULL, attempt_seq = next_seq`;

const Count = z.object({ n: z.int() });

/** The number of the present attempt, or of the last one: how often the run was ready to be launched. 0 before the first time. */
export function attemptOf(catalog: Catalog, id: string): number {
  const launchings = sql`SELECT COUNT(*) AS n FROM job_transitions WHERE job = ${id} AND to_state = 'LAUNCHING'`;
  return catalog.get(Count, launchings)?.n ?? 0;
}

/** Inside the caller's transaction. */
export function recordTransition(catalog: Catalog, id: string, from: JobState | null, step: Step): void {
  catalog.run(sql`INSERT INTO job_transitions (job, seq, from_state, to_state, at, reason)
    SELECT ${id}, COALESCE(MAX(seq) + 1, 0), ${from}, ${step.to}, ${step.at}, ${step.reason} FROM job_transitions WHERE job = ${id}`);
}

export function setPhase(catalog: Catalog, id: string, phase: string): boolean {
  return catalog.run(sql`UPDATE jobs SET phase = ${phase} WHERE id = ${id} AND phase <> ${phase}`) > 0;
}

export interface Warning {
  code: string;
  message: string;
  at: number;
}

/** Keeps a warning; the same words for the same run are kept once. Returns false when they were known. */
export function warn(catalog: Catalog, id: string, warning: Warning): boolean {
  return (
    catalog.run(sql`INSERT INTO job_warnings (job, seq, code, message, at)
      SELECT ${id}, (SELECT COALESCE(MAX(seq) + 1, 0) FROM job_warnings WHERE job = ${id}), ${warning.code}, ${warning.message}, ${warning.at}
      WHERE NOT EXISTS (SELECT 1 FROM job_warnings WHERE job = ${id} AND code = ${warning.code} AND message = ${warning.message})`) >
    0
  );
}
