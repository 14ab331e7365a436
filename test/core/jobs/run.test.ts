// Whole lives of runs: the real shim, a trainer that plays, every way to end, and cores that come and go meanwhile.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sql } from '../../../core/catalog/sql.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import { bootId as hostBootId, startTime } from '../../../core/hosts/processes.ts';
import type { JobsDeps } from '../../../core/jobs/deps.ts';
import { sha256 } from '../../../core/jobs/identity.ts';
import { createJobs, type Jobs } from '../../../core/jobs/jobs.ts';
import { warningsOf, whatTheCatalogSays } from '../../fixtures/catalog-of-run.ts';
import { makePlayResources, openPlayLab, type PlayLab, whatTheFilesSay } from '../../fixtures/play-lab.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

let lab: PlayLab;
let jobs: Jobs;
const context = { signal: undefined };

beforeEach(() => {
  const folder = tempFolder();
  makePlayResources(folder);
  open(folder);
});
afterEach(async () => {
  for (const id of lab.catalog.column(sql`SELECT id FROM jobs`)) killLeft(String(id));
  await jobs.close();
  lab.catalog.close();
});

function open(folder: string, changes: Partial<JobsDeps> = {}) {
  lab = openPlayLab(folder, { changes });
  jobs = createJobs(lab.deps);
  jobs.start();
}
/** As a core that was closed and opened again. */
async function reopen(changes: Partial<JobsDeps> = {}) {
  await jobs.close();
  lab.catalog.close();
  open(lab.folder, changes);
}
const launch = async (name: string, steps = 4) =>
  (await jobs.launchNow({ preset: 'play', seed: 1, steps, name })).id;
const folderOf = (id: string) => lab.host.path('jobs', id);
const get = (id: string) => jobs.get({ id }, context);
const pidOf = (id: string) => JSON.parse(readFileSync(join(folderOf(id), 'pid.json'), 'utf8'));
const startsOf = (id: string) =>
  readFileSync(join(folderOf(id), 'began.txt'), 'utf8')
    .trim()
    .split('\n').length;

async function reached(id: string, test: (job: Awaited<ReturnType<typeof get>>) => boolean): Promise<void> {
  while (!test(await get(id))) await sleep(10);
}
function killLeft(id: string) {
  if (!existsSync(join(folderOf(id), 'pid.json'))) return;
  // The shim first: it must not live to tell how the trainer ended.
  for (const pid of [pidOf(id).shim.pid, pidOf(id).pid])
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone by itself
    }
}

describe('a run that goes well', () => {
  it('ends DONE with everything in the catalog, its adapter home, launched once', async () => {
    const id = await launch('play');
    expect(['RUNNING', 'SYNCING', 'DONE']).toContain((await get(id)).state);
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({
      state: 'DONE',
      step: 4,
      totalSteps: 4,
      failure: null,
      adapterId: `adapter-of-${id}`,
    });
    expect(whatTheCatalogSays(lab.catalog, id)).toEqual(whatTheFilesSay(folderOf(id)));
    const detail = await get(id);
    expect(detail).toMatchObject({ launches: 1, rolloutCount: 32, warnings: [] });
    expect(detail.transitions.map((t) => t.to)).toEqual(
      'DRAFT CHECKED QUEUED STAGING LAUNCHING RUNNING SYNCING DONE'.split(' '),
    );
    expect(detail.transitions.map((t) => t.from)).toEqual([
      null,
      ...detail.transitions.slice(0, -1).map((t) => t.to),
    ]);
    expect(lab.arrived).toEqual([
      {
        jobId: id,
        folder: join(folderOf(id), 'artifacts/final'),
        name: 'final',
        manifestSha256: expect.any(String),
      },
    ]);
    expect(existsSync(lab.host.path('tombstones', id))).toBe(true);
  });

  it('can be asked for its curves, rollouts and logs', async () => {
    const id = await launch('play');
    await jobs.whenEnded(id);
    const series = await jobs.metrics({ id, names: ['reward/total/mean'] }, context);
    expect(series).toEqual([
      {
        name: 'reward/total/mean',
        steps: [1, 2, 3, 4],
        values: [1 / 7, 2 / 7, 3 / 7, 4 / 7],
        starts: [],
        openings: [],
      },
    ]);
    expect((await jobs.metrics({ id }, context)).map((s) => s.name)).toEqual([
      'perf/step_s',
      'policy/loss',
      'reward/total/mean',
    ]);
    const page = await jobs.rollouts({ id, offset: 0, limit: 9, order: 'newest' }, context);
    expect(page.total).toBe(32);
    expect(page.rollouts.map((r) => [r.step, r.group, r.sample]).slice(6)).toEqual([
      [4, 1, 2],
      [4, 1, 3],
      [3, 0, 0],
    ]);
    expect(page.rollouts[0]).toMatchObject({
      question: 'Q0?',
      domain: null,
      parts: { format: 1, answer: null },
    });
    const found = await jobs.rollouts(
      { id, search: '>2 — 3<', offset: 0, limit: 9, order: 'newest' },
      context,
    );
    // Words, in whatever order they stand.
    expect(found.rollouts.map((r) => [r.step, r.sample])).toEqual([
      [3, 2],
      [2, 3],
    ]);
    expect(
      (await jobs.rollouts({ id, search: '%', offset: 0, limit: 9, order: 'newest' }, context)).total,
    ).toBe(0);
    expect(
      (await jobs.rollouts({ id, verdict: 'wrong', offset: 0, limit: 9, order: 'newest' }, context)).total,
    ).toBe(0);
    const log = await jobs.logs({ id, stream: 'stdout', offset: 7, bytes: 100 }, context);
    expect(log).toEqual({ text: '4 steps\n', nextOffset: 15, size: 15 });
    expect(await jobs.logs({ id, stream: 'stdout', offset: 15, bytes: 9 }, context)).toMatchObject({
      text: '',
      nextOffset: 15,
    });
  });

  it('cuts a log where a character ends', async () => {
    const id = await launch('play');
    await jobs.whenEnded(id);
    writeFileSync(join(folderOf(id), 'stdout.log'), 'aü🙂z');
    const texts = [];
    for (let offset = 0; offset < 8; ) {
      const piece = await jobs.logs({ id, stream: 'stdout', offset, bytes: 5 }, context);
      texts.push(piece.text);
      offset = piece.nextOffset;
    }
    expect(texts).toEqual(['aü', '🙂z']);
  });

  it('goes on while no core runs, and the next core catches up', async () => {
    const id = await launch('pause=0.05', 12);
    await reached(id, (job) => job.step >= 2);
    await jobs.close();
    const before = (await get(id)).step;
    while (!existsSync(join(folderOf(id), 'exit.json'))) await sleep(20);
    expect((await get(id)).step).toBe(before);
    await reopen();
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 12 });
    expect(whatTheCatalogSays(lab.catalog, id)).toEqual(whatTheFilesSay(folderOf(id)));
    expect((await get(id)).launches).toBe(1);
    expect(startsOf(id)).toBe(1);
  });

  it('has ended when its trainer did, not when a core saw it', async () => {
    for (const [name, state] of [
      ['crash-at=3 pause=0.05', 'FAILED'],
      ['pause=0.05', 'DONE'],
    ] as const) {
      const id = await launch(name);
      await reached(id, (job) => job.step >= 1);
      await jobs.close();
      const path = join(folderOf(id), 'exit.json');
      while (!existsSync(path)) await sleep(20);
      await sleep(300);
      await reopen();
      const { wall } = JSON.parse(readFileSync(path, 'utf8'));
      expect(await jobs.whenEnded(id)).toMatchObject({ state, endedAt: wall });
    }
  });

  it('is known as it stands once the next core has caught up, over or not', async () => {
    const over = await launch('play');
    await jobs.close();
    while (!existsSync(join(folderOf(over), 'exit.json'))) await sleep(10);
    await reopen();
    await jobs.caughtUp();
    expect(await get(over)).toMatchObject({ state: 'DONE', step: 4, adapterId: `adapter-of-${over}` });
    await expect(jobs.stop({ id: over }, context)).rejects.toThrow(/is over \(DONE\)/);

    const going = await launch('pause=0.05', 5000);
    await jobs.close();
    await sleep(1000);
    await reopen();
    const before = (await get(going)).step;
    await jobs.caughtUp();
    expect((await get(going)).step).toBeGreaterThan(before);
    expect((await get(going)).state).toBe('RUNNING');
  });

  it('waits for its place while another one runs', async () => {
    const first = await launch('pause=0.05', 5000);
    const second = await launch('second');
    expect(await get(second)).toMatchObject({ state: 'QUEUED', phase: 'waiting for "pause=0.05" to end' });
    await reached(first, (job) => job.step >= 1); // stopped before its first step it would have nothing to bring home
    await jobs.stop({ id: first }, context);
    await jobs.whenEnded(second);
    const [one, two] = [await get(first), await get(second)];
    expect([one.state, two.state]).toEqual(['STOPPED', 'DONE']);
    expect(two.startedAt ?? 0).toBeGreaterThanOrEqual(
      one.transitions.find((t) => t.to === 'SYNCING')?.at ?? Infinity,
    );
  });
});

describe('stop', () => {
  it('lets the step finish, exports, brings the adapter home and ends STOPPED', async () => {
    const id = await launch('pause=0.1', 500);
    await reached(id, (job) => job.step >= 1);
    expect(await jobs.stop({ id }, context)).toEqual({ state: 'STOPPING' });
    expect(await jobs.stop({ id }, context)).toMatchObject({
      state: expect.stringMatching(/STOPPING|SYNCING/),
    });
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({ state: 'STOPPED', adapterId: `adapter-of-${id}`, failure: null });
    expect(job.step).toBeLessThan(500);
    expect(whatTheCatalogSays(lab.catalog, id)).toEqual(whatTheFilesSay(folderOf(id)));
    await expect(jobs.stop({ id }, context)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is carried out by the next core when this one dies after it was acknowledged', async () => {
    const id = await launch('pause=0.1', 500);
    await jobs.close();
    lab.catalog.run(sql`UPDATE jobs SET state = 'STOPPING' WHERE id = ${id}`);
    expect(existsSync(join(folderOf(id), 'requests/stop'))).toBe(false);
    await reopen();
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'STOPPED' });
  });

  it.each([
    ['deaf publish-every=2 pause=0.1', /What it had published last is "step-\d+"\.$/],
    ['deaf pause=0.1', /It had published nothing\.$/],
  ])('says of a run that was killed meanwhile that it was, and what is left (%s)', async (name, left) => {
    const id = await launch(name, 500);
    await reached(id, (job) => job.step >= 3);
    await jobs.stop({ id }, context);
    while (!existsSync(join(folderOf(id), 'requests/stop.ack'))) await sleep(10);
    process.kill(pidOf(id).pid, 'SIGKILL');
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({
      state: 'STOPPED',
      failure: null,
      adapterId: name.includes('publish') ? `adapter-of-${id}` : null,
    });
    const reason = (await get(id)).transitions.at(-1)?.reason;
    expect(reason).toMatch(
      /^It was stopped, and it was killed \(SIGKILL\) before it had ended in good order/,
    );
    expect(reason).toMatch(left);
  });

  it('of a waiting run leaves no trace on the host', async () => {
    const first = await launch('pause=0.05', 5000);
    const id = await launch('second');
    expect(await jobs.stop({ id }, context)).toEqual({ state: 'STOPPED' });
    await jobs.stop({ id: first }, context);
    await jobs.whenEnded(first);
    expect(existsSync(folderOf(id))).toBe(false);
    expect((await get(id)).endedAt).not.toBeNull();
  });

  it('takes the right to launch away when it comes between staging and the shim', async () => {
    const id = await launch('play');
    await jobs.whenEnded(id);
    // As a core that died in LAUNCHING before it called the shim, was stopped, and came back.
    rmSync(folderOf(id), { recursive: true });
    await lab.host.makeFolder(folderOf(id));
    await jobs.close();
    lab.catalog.run(
      sql`UPDATE jobs SET state = 'STOPPING', launches = 0, adapter_id = NULL WHERE id = ${id}`,
    );
    await reopen();
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'STOPPED' });
    expect(existsSync(join(folderOf(id), 'launch-1.claim'))).toBe(true);
  });

  it('is STOPPED, not lost, when the core died right after it took the right away', async () => {
    const id = await launch('play');
    await jobs.whenEnded(id);
    rmSync(folderOf(id), { recursive: true });
    await lab.host.makeFolder(folderOf(id));
    await lab.host.makeFolder(join(folderOf(id), 'launch-1.claim'));
    await jobs.close();
    lab.catalog.run(
      sql`UPDATE jobs SET state = 'STOPPING', launches = 0, adapter_id = NULL WHERE id = ${id}`,
    );
    await reopen();
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'STOPPED', failure: null });
  });
});

describe('a run that goes wrong', () => {
  it.each([
    ['crash-at=2', 'crashed', /exit code 1.*the play says: crash/s, 1],
    ['kill-at=3', 'killed', /SIGKILL, as the system does when memory runs out\.$/, 2],
    ['fail-at=2', 'numerics', /loss of step 2 is nan/, 1],
    ['quiet-end', 'incomplete', /without saying that it was done/, 4],
    ['no-artifact', 'no-artifact', /published nothing/, 4],
    ['torn-end', 'killed', /SIGKILL/, 4],
  ])('%s ends FAILED (%s) with what was done so far', async (name, failureClass, words, step) => {
    const id = await launch(name);
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({ state: 'FAILED', step, failure: { class: failureClass }, adapterId: null });
    expect(job.failure?.message).toMatch(words);
    expect(whatTheCatalogSays(lab.catalog, id).metrics).toHaveLength(step * 3);
    if (name === 'torn-end') expect(warningsOf(lab.catalog, id).map((w) => w.code)).toEqual(['line-torn']);
  });

  it('a trainer that cannot be started is named', async () => {
    await reopen({
      hosts: {
        ...lab.deps.hosts,
        trainer: async () => ({ ready: true, python: '/no/python', version: '3', lockSha256: null }),
      },
    });
    const id = await launch('play');
    expect((await jobs.whenEnded(id)).failure).toMatchObject({
      class: 'launch',
      message: expect.stringContaining('/no/python: there is no such program'),
    });
  });

  it('a shim that died before it started the trainer is not called again', async () => {
    const first = await launch('pause=0.05', 5000);
    const id = await launch('second');
    await lab.host.makeFolder(folderOf(id));
    writeFileSync(join(folderOf(id), 'launch-1.claim'), '{"bootId":"x","pid":1,"startTime":"0"}');
    await jobs.stop({ id: first }, context);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', failure: { class: 'launch' } });
    expect(existsSync(join(folderOf(id), 'launches.jsonl'))).toBe(false);
  });

  it('a shim that is still on its way counts as alive', async () => {
    const first = await launch('pause=0.05', 5000);
    const id = await launch('second');
    await lab.host.makeFolder(folderOf(id));
    const claim = join(folderOf(id), 'launch-1.claim');
    // The claim's first moment, before its owner's name is in it, then this very process as its owner.
    writeFileSync(claim, '');
    await jobs.stop({ id: first }, context);
    await reached(id, (job) => job.state === 'LAUNCHING');
    const { bootId, pid } = { bootId: await hostBootId(), pid: process.pid };
    writeFileSync(claim, JSON.stringify({ bootId, pid, startTime: await startTime(pid) }));
    await sleep(600);
    expect((await get(id)).state).toBe('LAUNCHING');
    writeFileSync(claim, JSON.stringify({ bootId, pid, startTime: 'of somebody else' }));
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', failure: { class: 'launch' } });
  });

  it('a reward server that changed since the run was made is not sent', async () => {
    const first = await launch('pause=0.05', 5000);
    const id = await launch('second');
    await jobs.stop({ id: first }, context);
    writeFileSync(join(lab.folder, 'reward-server.js'), '// another one\n');
    const job = await jobs.whenEnded(id);
    expect(job.failure).toMatchObject({
      class: 'staging',
      message: expect.stringContaining('reward server'),
    });
    await jobs.whenEnded(first);
  });
});

describe('LOST', () => {
  it('needs trainer and shim gone and no exit.json', async () => {
    const id = await launch('pause=0.1', 500);
    await reached(id, (job) => job.step >= 2);
    killLeft(id);
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({ state: 'LOST', failure: { class: 'lost' } });
    expect(whatTheCatalogSays(lab.catalog, id)).toEqual(whatTheFilesSay(folderOf(id)));
  });

  it('brings the adapter home that was announced before everybody was killed', async () => {
    const id = await launch('hang-before-done');
    await reached(id, (job) => job.step === 4);
    while (!readFileSync(join(folderOf(id), 'events.jsonl'), 'utf8').includes('artifact.ready'))
      await sleep(10);
    killLeft(id);
    expect(await jobs.whenEnded(id)).toMatchObject({
      state: 'LOST',
      failure: { class: 'lost' },
      adapterId: `adapter-of-${id}`,
    });
    expect((await get(id)).transitions.at(-1)?.reason).toMatch(/adapter "final" was whole and is home/);
  });

  it('brings the final adapter home that was published but not announced', async () => {
    const id = await launch('unannounced');
    await reached(id, (job) => job.step === 4);
    while (!existsSync(join(folderOf(id), 'artifacts/final/manifest.json'))) await sleep(10);
    killLeft(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'LOST', adapterId: `adapter-of-${id}` });
    const manifest = readFileSync(join(folderOf(id), 'artifacts/final/manifest.json'));
    expect(lab.arrived).toMatchObject([{ name: 'final', manifestSha256: sha256(manifest) }]);
    expect((await get(id)).transitions.map((t) => t.to).slice(-2)).toEqual(['SYNCING', 'LOST']);
  });

  it.each<[string, (final: string) => void, string]>([
    ['as it lies there, where it was published anew and not announced', anew, 'final'],
    ['no more, where it was withdrawn', (final) => rmSync(final, { recursive: true }), 'step-2'],
  ])('brings the final adapter home %s', async (_, change, name) => {
    const id = await launch('hang-before-done publish-every=2');
    await reached(id, (job) => job.step === 4);
    while (!readFileSync(join(folderOf(id), 'events.jsonl'), 'utf8').includes('artifacts/final'))
      await sleep(10);
    change(join(folderOf(id), 'artifacts/final'));
    const last = join(folderOf(id), 'artifacts', name, 'manifest.json');
    killLeft(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'LOST' });
    expect((await get(id)).transitions.at(-1)?.reason).toContain(`adapter "${name}" was whole`);
    expect(lab.arrived.map((each) => each.manifestSha256)).toContain(sha256(readFileSync(last)));
  });

  /** As a later attempt does that stops at another step. */
  function anew(final: string) {
    const path = join(final, 'manifest.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), step: 3 }));
  }

  it('stays LOST, with a warning, when that adapter cannot be brought home', async () => {
    await reopen({ onArtifact: async () => Promise.reject(new CoreError('damaged', 'wrong hash.')) });
    const id = await launch('unannounced');
    await reached(id, (job) => job.step === 4);
    while (!existsSync(join(folderOf(id), 'artifacts/final/manifest.json'))) await sleep(10);
    killLeft(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'LOST', adapterId: null });
    expect(warningsOf(lab.catalog, id).map((w) => w.message)).toEqual([
      expect.stringMatching(/wrong hash.*artifacts\/final/),
    ]);
  });

  it('is not said of a run whose log tells that it was done', async () => {
    const id = await launch('hang-at-end');
    await reached(id, (job) => job.step === 4);
    while (!readFileSync(join(folderOf(id), 'events.jsonl'), 'utf8').includes('"done"')) await sleep(10);
    killLeft(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', adapterId: `adapter-of-${id}` });
  });

  it('is not said while the shim lives, nor while the trainer lives', async () => {
    const id = await launch('pause=0.1', 40);
    await reached(id, (job) => job.step >= 1);
    process.kill(pidOf(id).shim.pid, 'SIGKILL');
    await sleep(600);
    expect((await get(id)).state).toBe('RUNNING');
    // The supervisor outlives the shim and writes that nobody knows the exit code; the log knows that it went well.
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 40 });
  });

  it('is said of a process from before a reboot, and signals nobody', async () => {
    const id = await launch('pause=0.1', 500);
    await jobs.close();
    const pid = pidOf(id);
    const renamed = join(folderOf(id), 'launches.jsonl');
    const old = { ...pid, bootId: 'another-boot', shim: { ...pid.shim, bootId: 'another-boot' } };
    writeFileSync(join(folderOf(id), 'pid.json'), JSON.stringify(old));
    writeFileSync(renamed, readFileSync(renamed, 'utf8').replaceAll(pid.bootId, 'another-boot'));
    await reopen();
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'LOST' });
    expect(process.kill(pid.pid, 0)).toBe(true);
    for (const one of [pid.pid, pid.shim.pid]) process.kill(one, 'SIGKILL');
  });

  it('is said of a job folder that is gone', async () => {
    const id = await launch('pause=0.1', 500);
    await reached(id, (job) => job.step >= 1);
    const pid = pidOf(id);
    const away = `${folderOf(id)}.away`;
    renameSync(folderOf(id), away);
    expect((await jobs.whenEnded(id)).failure?.message).toMatch(/moved or emptied/);
    expect(warningsOf(lab.catalog, id).map((w) => w.code)).toContain('log-missing');
    for (const one of [pid.pid, pid.shim.pid]) process.kill(one, 'SIGKILL');
  });
});

describe('what a run publishes', () => {
  it('comes home while it goes on, each with its score, and the best so far is named', async () => {
    const states: unknown[] = [];
    const { onArtifact } = lab.deps;
    await reopen({
      onArtifact: (artifact) => {
        states.push(lab.catalog.column(sql`SELECT state FROM jobs WHERE id = ${artifact.jobId}`)[0]);
        lab.arrived.push(artifact);
        return onArtifact(artifact);
      },
    });
    const id = await launch('publish-every=1 pause=0.5', 4);
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({ state: 'DONE', adapterId: `adapter-of-${id}` });
    expect([states[0], states.at(-1)]).toEqual(['RUNNING', 'SYNCING']);
    const artifacts = await jobs.artifacts({ id }, context);
    expect(artifacts.map((each) => [each.name, each.state, each.score?.correct ?? null, each.best])).toEqual([
      ['step-1', 'home', 0.8, false],
      ['step-2', 'home', 0.9, true],
      ['step-3', 'home', 0.8, false],
      ['final', 'home', null, false],
    ]);
    expect(lab.arrived.map((each) => each.name)).toEqual(['step-1', 'step-2', 'step-3', 'final']);
    expect((await jobs.evals({ id }, context)).map((each) => [each.step, each.of, each.correct])).toEqual([
      [1, 'step-1', 0.8],
      [2, 'step-2', 0.9],
      [3, 'step-3', 0.8],
    ]);
  });

  it('is taken into the blobs where it is no adapter, held against its manifest', async () => {
    const id = await launch('traces', 2);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', adapterId: `adapter-of-${id}` });
    const traces = (await jobs.artifacts({ id }, context)).find((each) => each.kind === 'traces');
    expect(traces).toMatchObject({ name: 'traces', kind: 'traces', state: 'home', modelId: null, step: 2 });
    const { sha256: hash = '', bytes } = traces?.files[0] ?? {};
    expect(readFileSync(lab.deps.blobs.path(hash), 'utf8')).toBe('traces after step 2');
    expect(bytes).toBe(19);
  });

  it('stays away when its bytes are not those of the manifest, and the run says so', async () => {
    const id = await launch('torn-traces', 2);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE' });
    const traces = (await jobs.artifacts({ id }, context)).find((each) => each.kind === 'traces');
    expect(traces).toMatchObject({ state: 'gone', reason: expect.stringMatching(/SHA-256/), files: [] });
  });

  it.each([
    ['step-3', 'best-at=3', 'STOPPED', ''],
    ['the base', 'best-at=-1', 'DONE', 'All 4 steps are done and the adapter is home. '],
    ['step-9', 'best-at=9', 'STOPPED', ''],
  ])('is what its own rule names where it is a program with one: %s', async (best, play, state, words) => {
    await reopen({
      onArtifact: async ({ name }) => ({ modelId: `home-${name}`, state: 'ready', reason: null }),
    });
    const id = await launch(`publish-every=1 ${play}`, 4);
    const named = best === 'step-3' ? best : null; // the others are no adapters of this run
    expect(await jobs.whenEnded(id)).toMatchObject({ state, adapterId: named && `home-${named}` });
    const artifacts = await jobs.artifacts({ id }, context);
    expect(artifacts.map(({ name }) => name)).toEqual(['step-1', 'step-2', 'step-3', 'final']);
    // Step 2 has the most right answers, which is not what this program was asked for.
    expect(artifacts.find((each) => each.best)?.name).toBe(named ?? undefined);
    expect((await get(id)).transitions.at(-1)?.reason).toBe(`${words}The best checkpoint so far is ${best}.`);
  });

  it('stands for the run without the one that its rule names, where that was refused', async () => {
    await reopen({
      onArtifact: async ({ name }) => ({
        ...{ modelId: `home-${name}`, reason: null, state: name === 'step-3' ? 'refused' : 'ready' },
      }),
    });
    const id = await launch('publish-every=1 best-at=3', 4);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'STOPPED', adapterId: 'home-final' });
    expect((await jobs.artifacts({ id }, context)).find((each) => each.best)?.name).toBe('step-2');
    expect(warningsOf(lab.catalog, id).map(({ code }) => code)).toEqual(['adapter-refused', 'best-lost']);
    expect(warningsOf(lab.catalog, id).at(-1)?.message).toMatch(
      /; the run stands for the last adapter that is\.$/,
    );
  });

  it.each([
    [
      'refused',
      'home-final',
      'no adapter of the run is: it stands for one that was refused, to be looked at.',
    ],
    ['damaged', null, 'no adapter of the run is: it stands for none.'],
  ])(
    'says what it stands for where the one that its rule names is not home and no other is: %s',
    async (how, adapterId, words) => {
      await reopen({
        onArtifact: async ({ name }) => {
          if (how === 'damaged') throw new CoreError('damaged', 'The bytes are others.');
          return { modelId: `home-${name}`, state: 'refused', reason: 'A check did not hold.' };
        },
      });
      const id = await launch('publish-every=3 best-at=3', 4);
      expect((await jobs.whenEnded(id)).adapterId).toBe(adapterId);
      const [lost] = warningsOf(lab.catalog, id).filter(({ code }) => code === 'best-lost');
      expect(lost?.message).toBe(`The best by the run's own rule, "step-3", is not home; ${words}`);
    },
  );

  it('is home too when a rule has ended the run', async () => {
    const id = await launch('rule-at=2', 4);
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({ state: 'STOPPED', failure: null, adapterId: `adapter-of-${id}` });
    expect((await get(id)).transitions.at(-1)?.reason).toBe('policy/kl was above 1 for 3 steps; it is 2.');
  });
});

describe('packed rollouts', () => {
  it('are read as plain ones are', async () => {
    const id = await launch('gzip', 3);
    await jobs.whenEnded(id);
    const plain = await launch('plain', 3);
    await jobs.whenEnded(plain);
    const read = (of: string) => whatTheCatalogSays(lab.catalog, of).rollouts;
    expect(read(id)).toEqual(read(plain));
    expect(read(id)).toHaveLength(24);
    expect((await get(id)).warnings).toEqual([]);
  });
});

describe('the way home', () => {
  it('is tried again, with the reason visible, until it works', async () => {
    let tries = 0;
    await reopen({
      onArtifact: async () => {
        if (++tries < 3) throw new Error(`no room (${tries})`);
        return { modelId: 'home', state: 'ready', reason: null };
      },
    });
    const id = await launch('play');
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', adapterId: 'home' });
    expect(warningsOf(lab.catalog, id).map((w) => w.message)).toEqual([
      '"final": Try 1: no room (1)',
      '"final": Try 2: no room (2)',
    ]);
  });

  it('is given up after the last try, with what a person can do', async () => {
    await reopen({ onArtifact: async () => Promise.reject(new Error('no room')) });
    const id = await launch('play');
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({ state: 'FAILED', failure: { class: 'arrival' } });
    expect(job.failure?.message).toMatch(/no room.*artifacts\/final.*models import/);
  });

  it('is not tried again with bytes that are not what they claim', async () => {
    let tries = 0;
    await reopen({
      onArtifact: async () => {
        tries += 1;
        throw new CoreError('damaged', 'wrong hash');
      },
    });
    const id = await launch('play');
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', failure: { class: 'arrival' } });
    expect(tries).toBe(1);
  });

  it('leads to a refused adapter that can be looked at, and to a run that has failed', async () => {
    await reopen({
      onArtifact: async () => ({ modelId: 'bad', state: 'refused', reason: 'norm of layer 3 is nan.' }),
    });
    const id = await launch('play');
    expect(await jobs.whenEnded(id)).toMatchObject({
      state: 'FAILED',
      adapterId: 'bad',
      failure: { class: 'adapter-refused', message: expect.stringContaining('layer 3') },
    });
  });

  it('is taken again by the next core when this one closes on the way', async () => {
    let release = () => {};
    await reopen({
      onArtifact: () =>
        new Promise((_, reject) => {
          release = () => reject(new CoreError('cancelled', 'closing'));
        }),
    });
    const id = await launch('play');
    await reached(id, (job) => job.state === 'SYNCING');
    await sleep(50);
    const closing = jobs.close();
    release();
    await closing;
    expect((await get(id)).state).toBe('SYNCING');
    await reopen();
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', adapterId: `adapter-of-${id}` });
  });
});

it('whenEnded ends with its signal, and the run goes on', async () => {
  const id = await launch('pause=0.05', 5000);
  await expect(jobs.wait({ id }, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect((await get(id)).state).toBe('RUNNING');
  await jobs.stop({ id }, context);
  expect(await jobs.whenEnded(id)).toMatchObject({ state: 'STOPPED' });
  await expect(jobs.wait({ id: 'none' }, context)).rejects.toMatchObject({ code: 'not-found' });
});
