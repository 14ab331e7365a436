// Rate of taking a run's log into the catalog against plain inserts of the very same rows, in one run: `node test/bench/ingest.ts`.
// Both write the same tables with the same durability and as many rows a transaction; the plain side gets its rows ready made,
// so what is measured is the whole of reading, checking and parsing. Last line: JSON with the ratio (1 = as fast as plain).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Catalog, openCatalog } from '../../core/catalog/catalog.ts';
import { openSqlite } from '../../core/catalog/sqlite.ts';
import { createLocalHost } from '../../core/hosts/local.ts';
import { ingest } from '../../core/jobs/ingest.ts';
import { insertJob, wholeRun, writeRun } from '../fixtures/run-log.ts';

const steps = Number(process.argv[2] ?? 1500);
const rounds = Number(process.argv[3] ?? 5);
const id = '0199f0a0-0000-7000-8000-000000000001';

const folder = mkdtempSync(join(tmpdir(), 'forethought-bench-'));
try {
  writeRun(join(folder, 'jobs', id), wholeRun(id, steps));
  type Timed = { rows: number; seconds: number; cpuSeconds: number };
  const results: { ours: Timed & { longestMs: number }; plain: Timed }[] = [];
  for (let round = 1; round <= rounds; round++) {
    const [oursPath, plainPath] = [join(folder, 'ours.db'), join(folder, 'plain.db')];
    const ours = await timeIngest(oursPath);
    const plain = timePlain(oursPath, plainPath, Math.ceil(ours.rows / ours.commits));
    if (ours.rows !== plain.rows) throw new Error(`ingested ${ours.rows} rows, inserted ${plain.rows}`);
    results.push({ ours, plain });
    for (const path of [oursPath, plainPath])
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    console.error(
      `round ${round}: ${ours.rows} rows; ingest ${ours.seconds.toFixed(2)} s (cpu ${ours.cpuSeconds.toFixed(2)}), plain ${plain.seconds.toFixed(2)} s (cpu ${plain.cpuSeconds.toFixed(2)}), longest hold ${ours.longestMs.toFixed(0)} ms`,
    );
  }
  const median = (of: (result: (typeof results)[number]) => number) =>
    results.map(of).toSorted((a, b) => a - b)[Math.floor(results.length / 2)] ?? 0;
  const rows = results[0]?.ours.rows ?? 0;
  console.log(
    JSON.stringify({
      bench: 'ingest',
      rows,
      rowsPerSecond: Math.round(rows / median((r) => r.ours.seconds)),
      plainRowsPerSecond: Math.round(rows / median((r) => r.plain.seconds)),
      longestHoldMs: Math.round(median((r) => r.ours.longestMs)),
      cpuRatio: Number(median((r) => r.plain.cpuSeconds / r.ours.cpuSeconds).toFixed(3)),
      ratio: Number(median((r) => r.plain.seconds / r.ours.seconds).toFixed(3)),
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function timeIngest(path: string) {
  const catalog = openCatalog(path);
  const host = createLocalHost(folder);
  insertJob(catalog, id);
  let longestMs = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  }, 1);
  let commits = 0;
  const counted: Catalog = {
    ...catalog,
    transaction: (work) => {
      commits += 1;
      return catalog.transaction(work);
    },
  };
  const began = performance.now();
  const cpu = process.cpuUsage();
  const run = { id, folder: host.path('jobs', id) };
  const { rows } = await ingest({ catalog: counted, host, now: Date.now }, run, { final: true });
  const seconds = (performance.now() - began) / 1000;
  const cpuSeconds = cpuSince(cpu);
  clearInterval(watch);
  catalog.close();
  return { rows, commits, seconds, cpuSeconds, longestMs };
}

/** Processor time of this process, all threads, in seconds: what a busy machine does not change. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** The rows that the ingestion stored, read back and inserted one by one by prepared statements. */
function timePlain(from: string, path: string, rowsATransaction: number) {
  const source = openSqlite(from);
  const tables = ['job_events', 'metrics', 'rollouts'].map((table) => {
    const columns = (source.pragma(`table_info(${table})`) as { name: string }[])
      .map((column) => column.name)
      .filter((name) => name !== 'rowid');
    const order = table === 'job_events' ? 'seq' : 'step';
    const rows = source
      .prepare(`SELECT ${columns.join(', ')} FROM ${table} ORDER BY ${order}`)
      .raw(true)
      .all() as unknown[][];
    return { table, columns, rows };
  });
  source.close();
  const catalog = openCatalog(path);
  insertJob(catalog, id);
  catalog.close();
  const db = openSqlite(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  const began = performance.now();
  const cpu = process.cpuUsage();
  let count = 0;
  for (const { table, columns, rows } of tables) {
    const insert = db.prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    const some = db.transaction((first: number) => {
      for (const row of rows.slice(first, first + rowsATransaction)) insert.run(...row);
    });
    for (let first = 0; first < rows.length; first += rowsATransaction) some(first);
    count += rows.length;
  }
  const seconds = (performance.now() - began) / 1000;
  const cpuSeconds = cpuSince(cpu);
  db.close();
  return { rows: count, seconds, cpuSeconds };
}
