// A full disk under the catalog while a run's log is taken in: a clear sentence, nothing half taken, and on it goes when there is room.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Catalog, openCatalog } from '../../core/catalog/catalog.ts';
import { sql } from '../../core/catalog/sql.ts';
import { createLocalHost } from '../../core/hosts/local.ts';
import { ingest } from '../../core/jobs/ingest.ts';
import { createJobs } from '../../core/jobs/jobs.ts';
import { whatTheCatalogSays } from '../fixtures/catalog-of-run.ts';
import { makePlayResources, openPlayLab, whatTheFilesSay } from '../fixtures/play-lab.ts';
import { insertJob, wholeRun, writeRun } from '../fixtures/run-log.ts';
import { canMount, tempFolder } from '../fixtures/temp-folder.ts';

let small: string;

beforeEach(() => {
  if (!canMount) return;
  small = tempFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]);
});
afterEach(() => {
  if (canMount) execFileSync('umount', ['-l', small]);
});

/** Takes all room but so many bytes. */
function fill(leave: number): void {
  const { bavail, bsize } = statfsSync(small);
  writeFileSync(join(small, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - leave)));
}
const makeRoom = () => rmSync(join(small, 'filler'));

describe.skipIf(!canMount)('a full disk (needs root to mount a small one)', () => {
  it('stops ingestion with a clear error between two whole batches; room lets it go on', async () => {
    const folder = join(tempFolder(), 'job');
    const id = 'full';
    mkdirSync(folder);
    writeRun(folder, wholeRun(id, 200, 4, 40));
    const catalog = openCatalog(join(small, 'catalog.db'));
    insertJob(catalog, id);
    const take = () =>
      ingest({ catalog, host: createLocalHost(folder), now: Date.now }, { id, folder }, { final: true });
    fill(600_000);
    await expect(take()).rejects.toMatchObject({
      code: 'disk',
      message: expect.stringMatching(/disk.*Free some space|may be full/),
    });
    expectWholeBatches(catalog, id);
    await expect(take()).rejects.toMatchObject({ code: 'disk' });
    makeRoom();
    await take();
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(folder));
    catalog.close();
  });

  it('is told by the run while it lasts; the run goes on and ends well', async () => {
    const folder = tempFolder();
    makePlayResources(folder);
    mkdirSync(join(small, 'lab'));
    // Only the catalog lies on the small disk; the host's folder has room.
    const lab = openPlayLab(folder);
    lab.catalog.close();
    const catalog = openCatalog(join(small, 'lab/catalog.db'));
    const resolveSource = () => ({ id: 's', dataset: 'play', split: 'train', locked: null, rowCount: 4 });
    const jobs = createJobs({ ...lab.deps, catalog, resolveSource });
    const { id } = await jobs.launchNow({ preset: 'play', seed: 1, steps: 60, name: 'pause=0.02' });
    fill(0);
    const told = async () =>
      (await jobs.get({ id }, { signal: undefined })).warnings.find((w) => w.code === 'disk');
    while (!(await told())) await sleep(20);
    while (!existsSync(join(lab.host.path('jobs', id), 'exit.json'))) await sleep(20);
    expect((await jobs.get({ id }, { signal: undefined })).state).toBe('RUNNING');
    makeRoom();
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 60 });
    expect(await told()).toBeUndefined();
    expect(whatTheCatalogSays(catalog, id)).toEqual(whatTheFilesSay(lab.host.path('jobs', id)));
    await jobs.close();
    catalog.close();
  });
});

/** The offset and the rows tell of the same lines. */
function expectWholeBatches(catalog: Catalog, id: string): void {
  const [nextSeq] = catalog.column(sql`SELECT next_seq FROM jobs WHERE id = ${id}`);
  const [lines] = catalog.column(sql`SELECT COUNT(*) FROM job_events WHERE job = ${id}`);
  expect(lines).toBe(nextSeq);
  const [steps] = catalog.column(
    sql`SELECT COUNT(*) FROM job_events WHERE job = ${id} AND kind = 'rollouts'`,
  );
  const [rollouts] = catalog.column(sql`SELECT COUNT(*) FROM rollouts WHERE job = ${id}`);
  expect(rollouts).toBe(Number(steps) * 4);
  expect(nextSeq).toBeLessThan(200 * 3);
}
