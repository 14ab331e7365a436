// What a person can ask about runs: the list, one run, its curves, its logs. Called by jobs.ts; changes nothing.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { shellLine } from '../contract/command-words.ts';
import { JobSpec } from '../contract/job-spec.ts';
import { type Job, type JobDetail, JobState } from '../contract/jobs.ts';
import { adapterId } from '../contract/model-name.ts';
import type { JobsDeps, RunHost } from './deps.ts';
import { progressOf } from './progress.ts';
import { type JobRecord, jobRecord, type Warning } from './records.ts';
import { resumption } from './resume.ts';

export async function jobOf(deps: JobsDeps, record: JobRecord): Promise<Job> {
  const failed = record.failure_class !== null;
  return {
    id: record.id,
    name: record.name,
    kind: record.kind,
    hostId: record.host,
    state: record.state,
    phase: record.phase,
    step: record.step,
    totalSteps: record.total_steps,
    ...progressOf(deps.catalog, record),
    heardAt: record.heard_at,
    createdAt: record.created_at,
    startedAt: record.started_at,
    endedAt: record.ended_at,
    failure: failed ? { class: record.failure_class ?? '', message: record.failure_message ?? '' } : null,
    ...(await resumption(deps, record)),
    endedBy: endedBy(deps.catalog, record),
    baseId: record.base_id,
    uponAdapterId: record.upon === null ? null : adapterId(record.upon),
    adapterId: record.adapter_id,
    suite:
      record.suite_hash === ''
        ? null
        : {
            name: record.suite_name,
            hash: record.suite_hash,
            max: record.suite_max,
            min: record.suite_min,
          },
    recorded: record.recorded === 1,
  };
}

const Done = z.object({ reason: z.string() });

/** STOPPED is an end before the last step: whoever has not asked for it, its spec has; see ending.ts. */
function endedBy(catalog: Catalog, { id, state }: JobRecord): string | null {
  if (state !== 'STOPPED') return null;
  const done = catalog.get(
    Done,
    sql`SELECT json_extract(body, '$.reason') AS reason FROM job_events WHERE job = ${id} AND kind = 'done'
        AND json_type(body, '$.reason') = 'text' ORDER BY seq DESC LIMIT 1`,
  );
  return done === undefined || done.reason === 'stopped' ? null : done.reason;
}

const Transition = z.object({ from: JobState.nullable(), to: JobState, at: z.number(), reason: z.string() });
const WarningRow = z.object({ code: z.string(), message: z.string(), at: z.number() });
const Count = z.object({ n: z.int() });
const Command = z.object({ argv: z.array(z.string()), env: z.record(z.string(), z.string().nullable()) });

export async function jobDetail(deps: JobsDeps, id: string, now: Warning | null): Promise<JobDetail> {
  const { catalog } = deps;
  const record = jobRecord(catalog, id);
  const host = deps.hosts.host(record.host);
  const { spec } =
    catalog.get(z.object({ spec: z.string() }), sql`SELECT spec FROM jobs WHERE id = ${id}`) ?? {};
  const warnings = catalog.all(
    WarningRow,
    sql`SELECT code, message, at FROM job_warnings WHERE job = ${id} ORDER BY seq`,
  );
  return {
    ...(await jobOf(deps, record)),
    folder: host ? host.path(record.folder) : record.folder,
    launches: record.launches,
    command: asTyped(record.command),
    spec: JobSpec.parse(JSON.parse(spec ?? '{}')),
    transitions: catalog.all(
      Transition,
      sql`SELECT from_state AS "from", to_state AS "to", at, reason FROM job_transitions WHERE job = ${id} ORDER BY seq`,
    ),
    warnings: now ? [...warnings, now] : warnings,
    rolloutCount: catalog.get(Count, sql`SELECT COUNT(*) AS n FROM rollouts WHERE job = ${id}`)?.n ?? 0,
  };
}

/** The command as a person would type it. */
function asTyped(command: string): string {
  const { argv, env } = Command.parse(JSON.parse(command));
  const set = Object.entries(env)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${shellLine([value ?? ''])}`);
  return [...set, shellLine(argv)].join(' ');
}

/** Bytes of a log as text, cut where a character ends. A log that is not there yet is empty. */
export async function jobLog(
  host: RunHost,
  folder: string,
  what: { stream: 'stdout' | 'stderr'; offset: number; bytes: number },
): Promise<{ text: string; nextOffset: number; size: number }> {
  const piece = await host.read(`${folder}/${what.stream}.log`, what.offset, what.bytes);
  if (piece === null || piece.bytes.length === 0)
    return { text: '', nextOffset: what.offset, size: piece?.size ?? 0 };
  const reachesEnd = what.offset + piece.bytes.length >= piece.size;
  const whole = reachesEnd ? piece.bytes : piece.bytes.subarray(0, wholeCharacters(piece.bytes));
  return { text: whole.toString('utf8'), nextOffset: what.offset + whole.length, size: piece.size };
}

/** How many bytes remain when a character that was cut at the end is left out. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back && bytes.length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
