// Takes a run's log into the catalog, exactly once: rows and the byte offset they came from are one transaction, so a core
// that dies at any moment neither loses a line nor takes one twice. Called by watch.ts.
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { RunHost } from './deps.ts';
import { logName, readLines } from './events.ts';
import { Harvest } from './harvest.ts';
import { insertEvents, insertMetrics, insertRollouts } from './insert-rows.ts';
import { type Warning, warn } from './records.ts';
import { readRollouts } from './rollout-lines.ts';

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
  stuck: { code: string; message: string } | null;
}

/** Bytes of events.jsonl looked at in one go, and the most that one line may have. */
const chunkBytes = 1 << 20;
const longestLine = 16 << 20;
/** A transaction takes about 10 ms with so much in it; windows are answered between two of them. */
const budget = { rows: 2000, rolloutBytes: 1 << 19 };

/**
 * Takes everything that is there now. `final`: the writer is gone, so what a line promises and does not hold will never come.
 * Throws CoreError `disk` with nothing changed since the last whole batch.
 */
export async function ingest(
  deps: IngestDeps,
  run: IngestedRun,
  options: { final: boolean; signal?: AbortSignal },
): Promise<Ingested> {
  const total: Ingested = { events: 0, rows: 0, stuck: null };
  while (!options.signal?.aborted) {
    const batch = await ingestBatch(deps, run, options.final);
    total.events += batch.events;
    total.rows += batch.rows;
    total.stuck = batch.stuck;
    if (batch.stuck || batch.events === 0) break;
    await breathe();
  }
  return total;
}

const Cursor = z.object({ events_offset: z.int(), next_seq: z.int(), log_uuid: z.string().nullable() });
type Cursor = z.infer<typeof Cursor>;

async function ingestBatch(deps: IngestDeps, run: IngestedRun, final: boolean): Promise<Ingested> {
  const cursor = deps.catalog.get(
    Cursor,
    sql`SELECT events_offset, next_seq, log_uuid FROM jobs WHERE id = ${run.id}`,
  );
  if (!cursor) throw new CoreError('not-found', `There is no run "${run.id}" in this lab.`, { id: run.id });
  const bytes = await newBytes(deps, run, cursor);
  if ('stuck' in bytes) return keepStuck(deps, run, bytes.stuck);
  const harvest = new Harvest(run.id, cursor, deps.now());
  for (const line of readLines(bytes.bytes, cursor.events_offset)) {
    harvest.take(line);
    if (harvest.rowCount >= budget.rows || harvest.rolloutBytes >= budget.rolloutBytes) break;
  }
  if (harvest.lines === 0) {
    if (final && bytes.bytes.length > 0) tellTorn(deps, run, cursor.events_offset, bytes.bytes.length);
    return { events: 0, rows: 0, stuck: null };
  }
  const late = await fetchRollouts(deps, run, harvest, final);
  if (harvest.lines === 0) return keepStuck(deps, run, late);
  await breathe();
  const rows = store(deps.catalog, run, cursor, harvest);
  return { events: harvest.lines, rows, stuck: null };
}

/** The bytes after the offset, once it is certain that this is still the log that the offset belongs to. */
async function newBytes(
  deps: IngestDeps,
  run: IngestedRun,
  cursor: Cursor,
): Promise<{ bytes: Buffer } | { stuck: { code: string; message: string } }> {
  const path = `${run.folder}/events.jsonl`;
  const offset = cursor.events_offset;
  let piece = await deps.host.read(path, offset, chunkBytes);
  if (piece === null && offset === 0) return { bytes: Buffer.alloc(0) };
  if (piece === null)
    return {
      stuck: {
        code: 'log-missing',
        message: `${path} is gone after ${offset} of its bytes were read. What was read is kept.`,
      },
    };
  const replaced = {
    stuck: {
      code: 'log-replaced',
      message: `${path} is not the log that was being read (another or a shorter file lies there now). What was read from the first one is kept; nothing is taken from this one.`,
    },
  };
  if (piece.size < offset) return replaced;
  if (piece.bytes.length > 0 && offset > 0 && cursor.log_uuid !== null) {
    const head = await deps.host.read(path, 0, 4096);
    if (head === null || logName(head.bytes) !== cursor.log_uuid) return replaced;
  }
  if (piece.bytes.length === chunkBytes && !piece.bytes.includes(10)) {
    piece = await deps.host.read(path, offset, longestLine);
    if (piece && piece.bytes.length === longestLine && !piece.bytes.includes(10))
      return {
        stuck: { code: 'log-damaged', message: `${path} has a line of more than 16 MiB at byte ${offset}.` },
      };
  }
  return { bytes: piece?.bytes ?? Buffer.alloc(0) };
}

/**
 * Reads what the harvested `rollouts` events point at; ranges that lie side by side are one read. An event whose bytes are
 * not there yet ends the harvest before it, unless they can never come.
 */
async function fetchRollouts(
  deps: IngestDeps,
  run: IngestedRun,
  harvest: Harvest,
  final: boolean,
): Promise<{ code: string; message: string } | null> {
  for (const group of harvest.rolloutGroups()) {
    const first = group[0]!;
    const length = group.reduce((sum, range) => sum + range.bytes, 0);
    const piece = await deps.host.read(`${run.folder}/${first.file}`, first.offset, length);
    const bytes = piece?.bytes ?? Buffer.alloc(0);
    for (const range of group) {
      const from = range.offset - first.offset;
      const own = bytes.subarray(Math.min(from, bytes.length), Math.min(from + range.bytes, bytes.length));
      if (own.length < range.bytes && !final) {
        harvest.cutBefore(range.line);
        return {
          code: 'rollouts-late',
          message: `${first.file} does not hold bytes ${range.offset} to ${range.offset + range.bytes} yet, which the log points at.`,
        };
      }
      const { rows, bad } = readRollouts(own);
      harvest.addRollouts(range, rows, bad);
      await breathe();
    }
  }
  return null;
}

function store(catalog: Catalog, run: IngestedRun, cursor: Cursor, harvest: Harvest): number {
  const { progress } = harvest;
  return catalog.transaction(() => {
    const moved = catalog.run(sql`UPDATE jobs SET
      events_offset = ${harvest.end}, next_seq = ${harvest.nextSeq}, log_uuid = COALESCE(log_uuid, ${progress.log}),
      phase = COALESCE(${progress.phase}, phase), step = MAX(step, ${progress.step}),
      heard_at = COALESCE(${progress.heardAt}, heard_at), first_step_at = COALESCE(first_step_at, ${progress.firstStepAt})
      WHERE id = ${run.id} AND events_offset = ${cursor.events_offset} AND next_seq = ${cursor.next_seq}`);
    if (moved !== 1)
      throw new CoreError(
        'internal',
        `The log of run ${run.id} is being read twice at once; this reading was dropped.`,
        {
          id: run.id,
        },
      );
    insertEvents(catalog, run.id, harvest.events);
    insertMetrics(catalog, run.id, harvest.metrics);
    const added = insertRollouts(catalog, run.id, harvest.rollouts);
    if (added < harvest.rollouts.length)
      harvest.warn(
        'rollouts-repeated',
        `${harvest.rollouts.length - added} rollouts were in the log before; the first ones are kept.`,
      );
    for (const warning of harvest.allWarnings()) warn(catalog, run.id, warning);
    return harvest.events.length + harvest.metrics.length + added;
  });
}

/** The writer died in the middle of a line. */
function tellTorn(deps: IngestDeps, run: IngestedRun, offset: number, length: number): void {
  const message = `The log ends with ${length} bytes of an unfinished line at byte ${offset}; they were left out.`;
  warn(deps.catalog, run.id, { code: 'line-torn', message, at: deps.now() });
}

function keepStuck(
  deps: IngestDeps,
  run: IngestedRun,
  stuck: Pick<Warning, 'code' | 'message'> | null,
): Ingested {
  if (stuck && stuck.code !== 'rollouts-late') warn(deps.catalog, run.id, { ...stuck, at: deps.now() });
  return { events: 0, rows: 0, stuck };
}
