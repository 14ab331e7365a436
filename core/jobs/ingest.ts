// Takes a run's log into the catalog, exactly once: rows and the byte offset they came from are one transaction, so a core
// that dies at any moment neither loses a line nor takes one twice. Called by drive.ts.
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError, notFound } from '../contract/errors.ts';
import { announce } from './artifacts.ts';
import { lineOfAStep } from './attempts.ts';
import type { RunHost } from './deps.ts';
import { readLines } from './events.ts';
import { Harvest } from './harvest.ts';
import { insertEvents, insertMetrics, insertRollouts } from './insert-rows.ts';
import { LogSource, type Stuck } from './log-source.ts';
import { warn } from './records.ts';
import { createRolloutReader, type RolloutReader } from './rollout-reader.ts';

export interface IngestDeps {
  catalog: Catalog;
  host: Pick<RunHost, 'read'>;
  now: () => number;
}

export interface IngestedRun {
  id: string;
  /** Absolute path of the job folder on the host. */
  folder: string;
}

export interface Ingested {
  events: number;
  rows: number;
  /** Why the log cannot be read further now; the lines before it are in. Null when all that is there was taken. */
  stuck: Stuck | null;
}

/** A transaction takes 20 to 30 ms with so much in it; windows are answered between two of them. */
const budget = { rows: 4000, rolloutBytes: 1 << 20 };

/**
 * Takes everything that is there now. `final`: the writer is gone, so what a line promises and does not hold will never come.
 * Throws CoreError `disk` with nothing changed since the last whole batch.
 */
export async function ingest(
  deps: IngestDeps,
  run: IngestedRun,
  options: { final: boolean; signal?: AbortSignal },
): Promise<Ingested> {
  const reader = createRolloutReader();
  const source = new LogSource(deps.host, run.folder);
  const total: Ingested = { events: 0, rows: 0, stuck: null };
  let cursor = whereItIs(deps.catalog, run.id);
  const readAhead = (from: Cursor) => {
    const asked = Promise.withResolvers<void>();
    const batch = prepare(deps, run, source, reader, from, options.final, asked.resolve);
    batch.then(
      () => asked.resolve(),
      () => asked.resolve(), // thrown where the batch is awaited
    );
    return { batch, asked: asked.promise };
  };
  let next = readAhead(cursor);
  try {
    while (!options.signal?.aborted) {
      const batch = await next.batch;
      if ('end' in batch) {
        total.stuck = tellEnd(deps, run, batch.end, cursor, options.final);
        break;
      }
      const { harvest } = batch;
      const after = {
        events_offset: harvest.end,
        next_seq: harvest.nextSeq,
        bad_lines: harvest.badLines,
        log_uuid: cursor.log_uuid ?? harvest.progress.log,
        fresh: harvest.progress.fresh,
      };
      // The next batch is parsed in its thread while this one is written.
      next = readAhead(after);
      await next.asked;
      await breathe();
      total.rows += store(deps.catalog, run, cursor, harvest);
      total.events += harvest.lines;
      cursor = after;
    }
  } finally {
    await next.batch.catch(() => {});
    await reader.close();
  }
  return total;
}

const Cursor = z.object({
  events_offset: z.int(),
  next_seq: z.int(),
  /** Damaged lines right before the offset. */
  bad_lines: z.int(),
  log_uuid: z.string().nullable(),
  /** The last process to begin has told of no step yet. */
  fresh: z.int().transform((n) => n === 1),
});
type Cursor = z.infer<typeof Cursor>;

function whereItIs(catalog: Catalog, id: string): Cursor {
  const cursor = catalog.get(
    Cursor,
    sql`SELECT events_offset, next_seq, bad_lines, log_uuid,
          EXISTS (SELECT 1 FROM job_events WHERE job = jobs.id AND kind = 'start') AND NOT EXISTS (
            SELECT 1 FROM job_events WHERE job = jobs.id
              AND seq > (SELECT MAX(seq) FROM job_events s WHERE s.job = jobs.id AND s.kind = 'start')
              AND ${lineOfAStep}
          ) AS fresh
        FROM jobs WHERE id = ${id}`,
  );
  if (!cursor) throw notFound('run', id, 'jobs list');
  return cursor;
}

/** A batch to store, or why there is none: the log cannot be read on, or ends with so many bytes that are no whole line. */
type Batch = { harvest: Harvest } | { end: { stuck: Stuck | null; rest: number } };

/** `onAsked`: the bytes are read and their parsing has begun. */
async function prepare(
  deps: IngestDeps,
  run: IngestedRun,
  source: LogSource,
  reader: RolloutReader,
  cursor: Cursor,
  final: boolean,
  onAsked: () => void,
): Promise<Batch> {
  const found = await source.lines(cursor.events_offset, cursor.log_uuid);
  if ('stuck' in found) return { end: { stuck: found.stuck, rest: 0 } };
  const harvest = new Harvest(run.id, cursor, deps.now());
  for (const line of readLines(found.bytes, cursor.events_offset)) {
    // What a process makes void is in the catalog then, never in the same batch.
    if (line.ok && line.event.kind === 'start' && harvest.lines > 0) break;
    harvest.take(line);
    if (harvest.rowCount >= budget.rows || harvest.rolloutBytes >= budget.rolloutBytes) break;
  }
  if (harvest.lines === 0) return { end: { stuck: null, rest: found.bytes.length } };
  const late = await fetchRollouts(source, reader, harvest, final, onAsked);
  return harvest.lines === 0 ? { end: { stuck: late, rest: 0 } } : { harvest };
}

/**
 * Reads what the harvested `rollouts` events point at. An event whose bytes are not there yet ends the harvest before it,
 * unless they can never come.
 */
async function fetchRollouts(
  source: LogSource,
  reader: RolloutReader,
  harvest: Harvest,
  final: boolean,
  onAsked: () => void,
): Promise<Stuck | null> {
  let late: Stuck | null = null;
  const ranges = [];
  for (const range of harvest.ranges) {
    const bytes = await source.range(range.file, range.offset, range.bytes);
    if (bytes.length < range.bytes && !final) {
      harvest.cutBefore(range.line);
      const wanted = `bytes ${range.offset} to ${range.offset + range.bytes}`;
      late = {
        code: 'rollouts-late',
        message: `${range.file} does not hold ${wanted} yet, which the log points at.`,
      };
      break;
    }
    ranges.push({ range, bytes });
  }
  const reading = reader.read(ranges.map(({ range, bytes }) => ({ bytes, encoding: range.encoding })));
  onAsked();
  const read = await reading;
  for (const [index, { range }] of ranges.entries()) harvest.addRollouts(range, read[index]!);
  return late;
}

function store(catalog: Catalog, run: IngestedRun, cursor: Cursor, harvest: Harvest): number {
  const { progress } = harvest;
  const known = progress.voidFrom === null ? sql`step` : sql`MIN(step, ${progress.voidFrom - 1})`;
  return catalog.transaction(() => {
    const moved = catalog.run(sql`UPDATE jobs SET
      events_offset = ${harvest.end}, next_seq = ${harvest.nextSeq}, bad_lines = ${harvest.badLines},
      log_uuid = COALESCE(log_uuid, ${progress.log}),
      phase = COALESCE(${progress.phase}, phase), step = MAX(${known}, ${progress.step}),
      total_steps = CASE WHEN ${progress.totalSteps} > 0 THEN ${progress.totalSteps} ELSE total_steps END,
      heard_at = COALESCE(${progress.heardAt}, heard_at)
      WHERE id = ${run.id} AND events_offset = ${cursor.events_offset} AND next_seq = ${cursor.next_seq}`);
    if (moved !== 1)
      throw new CoreError(
        'internal',
        `The log of run ${run.id} is being read twice at once; this reading was dropped.`,
        {
          id: run.id,
        },
      );
    if (progress.voidFrom !== null) voidFrom(catalog, run.id, progress.voidFrom);
    insertEvents(catalog, run.id, harvest.events);
    insertMetrics(catalog, run.id, harvest.metrics);
    insertRollouts(catalog, run.id, harvest.rollouts);
    for (const artifact of harvest.artifacts) announce(catalog, run.id, artifact);
    for (const warning of harvest.allWarnings()) warn(catalog, run.id, warning);
    return harvest.events.length + harvest.metrics.length + harvest.rollouts.length;
  });
}

/** Forgets what was told of a step and later ones by a process that died: all of a step is of one process. */
function voidFrom(catalog: Catalog, id: string, step: number): void {
  catalog.run(sql`DELETE FROM metrics WHERE job = ${id} AND step >= ${step}`);
  catalog.run(sql`DELETE FROM rollouts WHERE job = ${id} AND step >= ${step}`);
}

/** Keeps what a person should know of the way the log ended, and returns what it is stuck at. */
function tellEnd(
  deps: IngestDeps,
  run: IngestedRun,
  end: { stuck: Stuck | null; rest: number },
  cursor: Cursor,
  final: boolean,
): Stuck | null {
  const { stuck, rest } = end;
  const at = deps.now();
  // Rollouts that are late are about to come: no news.
  if (stuck && stuck.code !== 'rollouts-late') warn(deps.catalog, run.id, { ...stuck, at });
  if (final && rest > 0) {
    const message = `The log ends with ${rest} bytes of an unfinished line at byte ${cursor.events_offset}; they were left out.`;
    warn(deps.catalog, run.id, { code: 'line-torn', message, at });
  }
  return stuck;
}
