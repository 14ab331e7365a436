// kill -9 of whoever takes a log into the catalog, at random moments, while the log grows in torn pieces: nothing lost, nothing twice.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openCatalog } from '../../core/catalog/catalog.ts';
import { sql } from '../../core/catalog/sql.ts';
import { warningsOf, whatTheCatalogSays } from '../fixtures/catalog-of-run.ts';
import { whatTheFilesSay } from '../fixtures/play-lab.ts';
import { insertJob, wholeRun } from '../fixtures/run-log.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

const id = 'killed-often';
const kills = 25;

it(`survives ${kills} kills exactly`, async () => {
  const folder = tempFolder();
  const job = join(folder, 'job');
  mkdirSync(join(job, 'rollouts'), { recursive: true });
  const catalog = openCatalog(join(folder, 'catalog.db'));
  insertJob(catalog, id);
  const offset = () => Number(catalog.column(sql`SELECT events_offset FROM jobs WHERE id = ${id}`)[0]);
  const writer = createWriter(job, 3000);
  writer.append(0.2);

  let midway = 0;
  for (let killed = 0; killed < kills; killed++) {
    const before = offset();
    writer.append(0.02);
    const child = startChild(folder);
    await once(child.stdout, 'data');
    // While it reads, more arrives, cut anywhere; the kill comes at a random share of what there is to read.
    const goal = before + Math.random() * 0.8 * (writer.written() - before);
    while (offset() < goal) {
      writer.append(0.0002);
      await sleep(1);
    }
    await sleep(Math.random() * 8);
    child.kill('SIGKILL');
    await once(child, 'exit');
    if (offset() > before && offset() < writer.written()) midway += 1;
  }
  // Most kills must have fallen between the first and the last byte of what was there, else this has proved nothing.
  expect(midway).toBeGreaterThan(kills / 4);

  writer.append(1);
  await once(startChild(folder), 'exit');
  expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(job));
  expect(offset()).toBe(writer.written());
  expect(warningsOf(catalog, id)).toEqual([]);
  // The index of words holds exactly these texts, or this throws.
  catalog.run(sql`INSERT INTO rollouts_text(rollouts_text, rank) VALUES ('integrity-check', 1)`);
  catalog.close();
});

function startChild(folder: string) {
  const program = join(import.meta.dirname, '../fixtures/ingest-child.ts');
  return spawn(process.execPath, [program, folder, id], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Appends shares of a run's log, rollouts always before the lines that point at them, each cut at any byte. */
function createWriter(job: string, steps: number) {
  const run = wholeRun(id, steps, 4, 40);
  const events = Buffer.from(run.events);
  const rollouts = Buffer.from(run.rollouts);
  let share = 0;
  let done = 0;
  let doneRollouts = 0;
  return {
    written: () => done,
    append: (more: number) => {
      share = Math.min(1, share + more);
      // The rollouts run a little ahead, so that no line points at bytes that are not there.
      const ahead =
        share === 1
          ? rollouts.length
          : Math.min(rollouts.length, Math.ceil((share + 0.02) * rollouts.length));
      appendFileSync(join(job, 'rollouts/rollouts.jsonl'), rollouts.subarray(doneRollouts, ahead));
      doneRollouts = Math.max(doneRollouts, ahead);
      const end = Math.floor(share * events.length);
      appendFileSync(join(job, 'events.jsonl'), events.subarray(done, end));
      done = end;
    },
  };
}
