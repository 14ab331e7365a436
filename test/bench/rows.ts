// Open, filter, search and jump in 200,000 rows through the core, beside the same questions asked of SQLite with LIMIT and OFFSET.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { openSqlite } from '../../core/catalog/sqlite.ts';
import type { RowFilter } from '../../core/contract/datasets.ts';
import { createCore } from '../../core/create-core.ts';
import { bigRows, makeBigLab } from './big-lab.ts';

const cases: readonly { name: string; filter: RowFilter; offset: number; where: string }[] = [
  { name: 'open', filter: {}, offset: 0, where: 'TRUE' },
  { name: 'jump to row 150,000', filter: {}, offset: 150_000, where: 'TRUE' },
  { name: 'filter by domain', filter: { domain: 'logic' }, offset: 0, where: "domain = 'logic'" },
  {
    name: 'filter, jump to 40,000',
    filter: { domain: 'logic' },
    offset: 40_000,
    where: "domain = 'logic'",
  },
  {
    name: 'search one word',
    filter: { search: 'shells' },
    offset: 0,
    where: 'rowid IN (SELECT rowid FROM rows_text WHERE rows_text MATCH \'"shells"*\')',
  },
];

const folder = mkdtempSync(join(tmpdir(), 'forethought-bench-rows-'));
try {
  await makeBigLab(folder);
  const core = await createCore({ lab: join(folder, 'lab') });
  const client = createRouterClient(core.router, { context: {} });
  const db = openSqlite(join(folder, 'lab', 'catalog.db'));
  const results = [];
  for (const { name, filter, offset, where } of cases) {
    const count = db.prepare(`SELECT count(*) FROM rows WHERE ${where}`).pluck(true);
    const page = db.prepare(
      `SELECT id, question, answer, domain, answer_type, origin, flags FROM rows WHERE ${where} ORDER BY rowid LIMIT 100 OFFSET ${offset}`,
    );
    const first = await timed(() => client.datasets.rows({ ...filter, offset, limit: 100 }));
    const ours: number[] = [];
    const plain: number[] = [];
    for (let round = 0; round < 15; round++) {
      plain.push(await timed(async () => [count.get(), page.all()]));
      ours.push(await timed(() => client.datasets.rows({ ...filter, offset, limit: 100 })));
    }
    results.push({
      name,
      firstMs: first,
      ms: median(ours),
      plainMs: median(plain),
      ratio: median(plain) / median(ours),
    });
  }
  db.close();
  await core.close();
  for (const r of results)
    console.log(
      `${r.name}: first ${r.firstMs.toFixed(1)} ms, then ${r.ms.toFixed(1)} ms; LIMIT/OFFSET with count ${r.plainMs.toFixed(1)} ms; ${r.ratio.toFixed(1)} times as fast`,
    );
  console.log(JSON.stringify({ bench: 'rows', rows: bigRows, results }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
