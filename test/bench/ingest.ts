// Rate of taking a run's log into the catalog against plain inserts of the very same rows, in one run: `node test/bench/ingest.ts`.
// Both write the same tables with the same durability and as many rows a transaction; the plain side gets its rows ready made,
// so what is measured is the whole of reading, checking and parsing. Last line: JSON with the ratio (1 = as fast as plain).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalog } from '../../core/catalog/catalog.ts';
import { openSqlite } from '../../core/catalog/sqlite.ts';
import { createLocalHost } from '../../core/hosts/local.ts';
import { ingest } from '../../core/jobs/ingest.ts';
import { insertJob, wholeRun, writeRun } from '../fixtures/run-log.ts';

const steps = Number(process.argv[2] ?? 1500);
const rounds = Number(process.argv[3] ?? 5);
const id = '0199f0a0-0000-7000-8000-000000000001';
const rowsATransaction = 1000;

const folder = mkdtempSync(join(tmpdir(), 'forethought-bench-'));
try {
  writeRun(join(folder, 'jobs', id), wholeRun(id, steps));
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const ours = await timeIngest(join(folder, `ours-${round}.db`));
    const plain = timePlain(join(folder, `ours-${round}.db`), join(folder, `plain-${round}.db`));
    if (ours.rows !== plain.rows) throw new Error(`ingested ${ours.rows} rows, inserted ${plain.rows}`);
    results.push({ rows: ours.rows, ours: ours.seconds, plain: plain.seconds, longestMs: ours.longestMs });
    for (const name of [`ours-${round}.db`, `plain-${round}.db`])
      for (const end of ['', '-wal', '-shm']) rmSync(join(folder, name + end), { force: true });
    console.error(
      `round ${round + 1}: ${ours.rows} rows, ingest ${ours.seconds.toFixed(2)} s, plain ${plain.seconds.toFixed(2)} s, longest hold ${ours.longestMs.toFixed(0)} ms`,
    );
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const rows = results[0]?.rows ?? 0;
  console.log(
    JSON.stringify({
      bench: 'ingest',
      rows,
      rowsPerSecond: Math.round(rows / median(results.map((r) => r.ours))),
      plainRowsPerSecond: Math.round(rows / median(results.map((r) => r.plain))),
      longestHoldMs: Math.round(median(results.map((r) => r.longestMs))),
      ratio: Number(median(results.map((r) => r.plain / r.ours)).toFixed(3)),
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
  const began = performance.now();
  const run = { id, folder: host.path('jobs', id) };
  const { rows } = await ingest({ catalog, host, now: Date.now }, run, { final: true });
  const seconds = (performance.now() - began) / 1000;
  clearInterval(watch);
  catalog.close();
  return { rows, seconds, longestMs };
}

/** The rows that the ingestion stored, read back and inserted one by one by prepared statements. */
function timePlain(from: string, path: string) {
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
  db.close();
  return { rows: count, seconds };
}
