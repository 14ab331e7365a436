// Runs that were cut and go on: the real shim, a trainer that plays and keeps checkpoints, every end that another attempt can follow.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sql } from '../../../core/catalog/sql.ts';
import type { JobsDeps } from '../../../core/jobs/deps.ts';
import { createJobs, type Jobs } from '../../../core/jobs/jobs.ts';
import { whatTheCatalogSays } from '../../fixtures/catalog-of-run.ts';
import { makePlayResources, openPlayLab, type PlayLab, whatTheFilesSay } from '../../fixtures/play-lab.ts';
import { insertPublished } from '../../fixtures/published.ts';
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
  for (const id of lab.catalog.column(sql`SELECT id FROM jobs`)) kill(String(id), 'shim', 'trainer');
  await jobs.close();
  lab.catalog.close();
});

function open(folder: string, changes: Partial<JobsDeps> = {}) {
  lab = openPlayLab(folder, { changes });
  jobs = createJobs(lab.deps);
  jobs.start();
}
async function reopen(changes: Partial<JobsDeps> = {}) {
  await jobs.close();
  lab.catalog.close();
  open(lab.folder, changes);
}
const launch = async (name: string, steps = 6) =>
  (await jobs.launchNow({ preset: 'play', seed: 1, steps, name })).id;
const folderOf = (id: string) => lab.host.path('jobs', id);
const get = (id: string) => jobs.get({ id }, context);
const resume = (id: string) => jobs.resume({ id }, context);
const states = async (id: string) => (await get(id)).transitions.map((t) => t.to).join(' ');
const hasTombstone = (id: string) => existsSync(lab.host.path('tombstones', id));
/** The step of the last checkpoint on the disk. */
const keptIn = (id: string) => Number(readFileSync(join(folderOf(id), 'checkpoint.txt'), 'utf8'));
const logOf = (id: string) => readFileSync(join(folderOf(id), 'events.jsonl'), 'utf8');

async function reached(id: string, step: number): Promise<void> {
  while ((await get(id)).step < step) await sleep(10);
}
/** By the pids of the folder; the shim first, so that it does not tell how the trainer ended. */
function kill(id: string, ...who: ('shim' | 'trainer')[]) {
  const path = join(folderOf(id), 'pid.json');
  if (!existsSync(path)) return;
  const { pid, shim } = JSON.parse(readFileSync(path, 'utf8'));
  for (const one of who)
    try {
      process.kill(one === 'shim' ? shim.pid : pid, 'SIGKILL');
    } catch {
      // gone by itself
    }
}
/** The last telling of each step, and each only once. */
function expectWhole(id: string, steps: number) {
  const files = whatTheFilesSay(folderOf(id));
  const catalog = whatTheCatalogSays(lab.catalog, id);
  expect(catalog.seqs).toEqual(files.seqs);
  expect(files.seqs).toEqual(files.seqs.map((_, i) => i));
  expect(catalog.metrics).toEqual([...new Set(files.metrics)]);
  expect(catalog.metrics).toHaveLength(3 * steps);
  expect(catalog.rollouts).toEqual([...new Set(files.rollouts)]);
  expect(catalog.rollouts).toHaveLength(8 * steps);
}

describe('a trainer that was killed', () => {
  it('goes on from its checkpoint in the same folder, and ends DONE without a gap or a double', async () => {
    const id = await launch('pause=0.2 checkpoint-every=2', 12);
    await reached(id, 5);
    kill(id, 'trainer');
    const cut = await jobs.whenEnded(id);
    const step = keptIn(id);
    expect(step).toBeGreaterThanOrEqual(4);
    expect(cut).toMatchObject({ state: 'FAILED', failure: { class: 'killed' }, resumesAfter: step });
    expect(cut.next).toBe(`It can be resumed, and goes on after step ${step} of 12.`);
    expect(hasTombstone(id)).toBe(false);

    expect(await resume(id)).toEqual({ id, step });
    expect(await get(id)).toMatchObject({ state: 'RUNNING', failure: null, endedAt: null, next: '' });
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({ state: 'DONE', step: 12, adapterId: `adapter-of-${id}`, failure: null });
    expect(job.startedAt).toBe(cut.startedAt);
    expect(await states(id)).toBe(
      'DRAFT CHECKED QUEUED STAGING LAUNCHING RUNNING FAILED QUEUED STAGING LAUNCHING RUNNING SYNCING DONE',
    );
    expect(await get(id)).toMatchObject({ launches: 2, warnings: [], resumesAfter: null, next: '' });
    expectWhole(id, 12);
    expect(logOf(id).match(/"kind":"start"/g)).toHaveLength(2);
    expect(hasTombstone(id)).toBe(true);
  });

  it('goes on as often as it is cut, also after the machine was restarted and the log has a torn line', async () => {
    const id = await launch('pause=0.2 checkpoint-every=2', 12);
    await reached(id, 3);
    kill(id, 'shim', 'trainer');
    await sleep(50);
    writeFileSync(join(folderOf(id), 'events.jsonl'), '{"v":1,"seq":', { flag: 'a' });
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'LOST', resumesAfter: keptIn(id) });
    expect(hasTombstone(id)).toBe(false);
    await resume(id);
    await reached(id, 7);
    kill(id, 'trainer');
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', resumesAfter: keptIn(id) });
    await resume(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 12 });
    expect((await get(id)).launches).toBe(3);
    expectWhole(id, 12);
  });

  it('does not promise a checkpoint before which its last attempt has gone back', async () => {
    const id = await launch('pause=0.3 checkpoint-every=4', 12);
    await reached(id, 9);
    kill(id, 'trainer');
    expect(await jobs.whenEnded(id)).toMatchObject({ resumesAfter: 8 });
    // It cannot be read, and was set aside.
    writeFileSync(join(folderOf(id), 'checkpoint.txt'), '4');
    await resume(id);
    const again = () => logOf(id).split('"kind":"start"')[2] ?? '';
    while (!again().includes('"step":6')) await sleep(10);
    kill(id, 'trainer');
    expect(await jobs.whenEnded(id)).toMatchObject({ resumesAfter: 4 });
  });

  it('starts over where no checkpoint was written', async () => {
    const id = await launch('kill-at=3 once');
    const cut = await jobs.whenEnded(id);
    expect(cut).toMatchObject({ state: 'FAILED', resumesAfter: 0 });
    expect(cut.next).toBe('It can be resumed, and starts over: nothing is saved to go on from.');
    expect(await resume(id)).toEqual({ id, step: 0 });
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 6 });
    expectWhole(id, 6);
  });

  it('is launched once for each attempt, whatever core carries it out', async () => {
    const id = await launch('kill-at=3 checkpoint-every=1 once pause=0.1', 10);
    await jobs.whenEnded(id);
    const asked = await Promise.allSettled([resume(id), resume(id)]);
    expect(asked.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    await reopen();
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 10 });
    expect((await get(id)).launches).toBe(2);
    expect(
      readFileSync(join(folderOf(id), 'began.txt'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(2);
  });

  it('is told from its earlier attempt when it dies before a word', async () => {
    const id = await launch('hung-at=3 checkpoint-every=1 mute');
    expect(await jobs.whenEnded(id)).toMatchObject({ failure: { class: 'reward' }, resumesAfter: 2 });
    await resume(id);
    expect(await jobs.whenEnded(id)).toMatchObject({
      state: 'FAILED',
      failure: { class: 'killed' },
      resumesAfter: 2,
    });
  });

  it('is waited for when nobody of it lives but its end is not known yet', async () => {
    const id = await launch('pause=0.1 checkpoint-every=1', 12);
    await reached(id, 2);
    await jobs.close();
    kill(id, 'shim', 'trainer');
    // The supervisor outlives both and tells that nobody knows how it ended; a restarted machine has none.
    while (!existsSync(join(folderOf(id), 'exit.json'))) await sleep(20);
    rmSync(join(folderOf(id), 'exit.json'));
    await reopen();
    expect((await get(id)).state).toBe('RUNNING');
    expect((await resume(id)).step).toBeGreaterThanOrEqual(2);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 12 });
    expectWhole(id, 12);
  });

  it('measures its pace anew: the pause does not count', async () => {
    const id = await launch('pause=0.05 checkpoint-every=1', 400);
    await reached(id, 4);
    kill(id, 'trainer');
    await jobs.whenEnded(id);
    lab.catalog.run(sql`UPDATE job_events SET wall = wall - 9000000 WHERE job = ${id}`);
    const { step } = await resume(id);
    await reached(id, step + 3);
    expect((await get(id)).leftMs).toBeLessThan(400 * 2000);
    await jobs.stop({ id }, context);
    await jobs.whenEnded(id);
  });
});

describe('what it has published', () => {
  it('comes home once, and the final adapter stands for the run', async () => {
    const id = await launch('publish-every=2 checkpoint-every=1 kill-at=4 once', 5);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', adapterId: `adapter-of-${id}` });
    await resume(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE' });
    expect(lab.arrived.map(({ name }) => name)).toEqual(['step-2', 'step-4', 'final']);
    expect((await jobs.artifacts({ id }, context)).map(({ name, state }) => [name, state])).toEqual([
      ['step-2', 'home'],
      ['step-4', 'home'],
      ['final', 'home'],
    ]);
  });

  it('stands for it no more where a later attempt has withdrawn it', async () => {
    const id = await launch('hang-before-done mute', 2);
    while (!(await get(id)).step || !logOf(id).includes('artifact.ready')) await sleep(10);
    kill(id, 'trainer');
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', adapterId: `adapter-of-${id}` });
    const path = join(folderOf(id), 'artifacts/final');
    renameSync(path, `${path}.away`);
    await resume(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', adapterId: null });
    const [final] = await jobs.artifacts({ id }, context);
    expect(final).toMatchObject({ name: 'final', state: 'gone', modelId: null });
    // One that published the same again has it home again.
    renameSync(`${path}.away`, path);
    await resume(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', adapterId: `adapter-of-${id}` });
  });

  it('is the final one when that was published and not announced, also after others and of a stage', async () => {
    for (const [name, words] of [
      ['final', 'unannounced publish-every=2'],
      ['all-final', 'unannounced publish-every=2 program'],
    ] as const) {
      const id = await launch(words, 4);
      while (!existsSync(join(folderOf(id), 'artifacts', name, 'manifest.json'))) await sleep(10);
      await reached(id, 4);
      kill(id, 'shim', 'trainer');
      expect(await jobs.whenEnded(id)).toMatchObject({ state: 'LOST', adapterId: `adapter-of-${id}` });
      expect(lab.arrived.at(-1)).toMatchObject({ jobId: id, name });
    }
  });
});

describe('a run that cannot be resumed', () => {
  it.each([
    ['play', 'DONE', /finished in good order/],
    ['fail-at=2', 'FAILED', /to the same numbers/],
    [
      'no-artifact',
      'FAILED',
      /finished in good order and has left no adapter to go on from\. To train, start a new run\.$/,
    ],
  ])('%s says why, and leaves a tombstone', async (name, state, why) => {
    const id = await launch(name);
    const job = await jobs.whenEnded(id);
    expect(job).toMatchObject({ state, resumesAfter: null });
    expect(job.next).toMatch(state === 'DONE' ? /^$/ : why);
    expect(hasTombstone(id)).toBe(true);
    await expect(resume(id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(why) });
    expect((await get(id)).state).toBe(state);
  });

  it('is told what there is to train upon or to learn from: an adapter or traces, and those that are there', async () => {
    const id = await launch('traces no-artifact');
    await jobs.whenEnded(id);
    await insertPublished(lab, id, 'traces', 'traces.jsonl', '');
    await insertPublished(lab, id, 'lora-adapter', 'adapter_model.safetensors', '');
    const upon = /in good order\. To train on, start a new run upon what it has published\.$/;
    const from =
      /in good order\. To learn from its traces, start a new run of SFT with the id of this one as data\.$/;
    const without = /in good order and has left no adapter to go on from\. To train, start a new run\.$/;
    for (const [kind, adapter, traces, words] of [
      ['grpo', 'home', 'home', upon],
      ['grpo', 'gone', 'home', from],
      ['grpo', 'refused', 'gone', without],
      ['program', 'gone', 'refused', without],
      ['rejection', 'gone', 'home', from],
      ...['rejection', 'generate', 'evaluate', 'merge', 'export'].map(
        (each) => [each, 'gone', 'refused', /in good order\.$/] as const,
      ),
    ] as const) {
      lab.catalog.run(sql`UPDATE jobs SET kind = ${kind} WHERE id = ${id}`);
      lab.catalog.run(sql`UPDATE job_artifacts SET state = CASE kind WHEN 'traces' THEN ${traces} ELSE ${adapter} END
        WHERE job = ${id}`);
      await expect(resume(id), `${kind} ${adapter} ${traces}`).rejects.toThrow(words);
    }
  });

  it('is one whose spec the trainer refused', async () => {
    const id = await launch('refuse');
    expect(await jobs.whenEnded(id)).toMatchObject({
      state: 'FAILED',
      failure: { class: 'spec' },
      resumesAfter: null,
    });
    await expect(resume(id)).rejects.toThrow(/same spec would be refused again/);
  });

  it('is one that was stopped and has exported, that goes on, that was recorded, or whose folder is gone', async () => {
    const id = await launch('pause=0.05 checkpoint-every=1', 500);
    await reached(id, 1);
    await expect(resume(id)).rejects.toThrow(/not over \(RUNNING\)/);
    await jobs.stop({ id }, context);
    await jobs.whenEnded(id);
    expect(hasTombstone(id)).toBe(true);
    expect(await get(id)).toMatchObject({ state: 'STOPPED', resumesAfter: null, next: '' });
    await expect(resume(id)).rejects.toThrow(/start a new run upon what it has published/);

    const gone = await launch('kill-at=2');
    await jobs.whenEnded(gone);
    renameSync(folderOf(gone), `${folderOf(gone)}.away`);
    await expect(resume(gone)).rejects.toThrow(/moved or emptied/);
    expect(await get(gone)).toMatchObject({
      resumesAfter: null,
      next: expect.stringMatching(/^It cannot be resumed\. Its job folder .* was moved or emptied/),
    });
    lab.catalog.run(sql`UPDATE jobs SET recorded = 1 WHERE id = ${gone}`);
    await expect(resume(gone)).rejects.toThrow(/recorded on another machine/);
    expect(await get(gone)).toMatchObject({ resumesAfter: null, next: '' });
  });
});

it('stands for no adapter any more when the next attempt finds that the base was the best', async () => {
  const id = await launch('kill-at=3 once publish-every=2 checkpoint-every=2 best-at=-1');
  expect(await jobs.whenEnded(id)).toMatchObject({ state: 'FAILED', adapterId: `adapter-of-${id}` });
  await resume(id);
  expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', adapterId: null });
});

describe('a run that its host will not start again', () => {
  it('is one that an earlier version left a tombstone of, however it had ended', async () => {
    const id = await launch('kill-at=2 checkpoint-every=1');
    await jobs.whenEnded(id);
    await lab.host.write(lab.host.path('tombstones', id), '');
    const failure = { class: 'killed' };
    expect(await get(id)).toMatchObject({
      ...{ failure, resumesAfter: null },
      next: 'It cannot be resumed. An earlier version closed it for good when it ended. Start a new run.',
    });
    await expect(resume(id)).rejects.toThrow(/closed it for good/);
    expect(await get(id)).toMatchObject({ state: 'FAILED', failure });
  });

  it('is one that makes no further stage; one that can be resumed still will', async () => {
    const id = await launch('kill-at=2');
    await jobs.whenEnded(id);
    const stages = [{ id: 'last', kind: 'sft', from: 'base', training: { steps: 9 } }];
    lab.catalog.run(sql`UPDATE jobs SET spec = ${JSON.stringify({ stages })} WHERE id = ${id}`);
    const last = async () => (await jobs.milestones({ id }, context)).stages.at(-1);
    expect(await last()).toMatchObject({ id: 'last', state: 'waiting' });
    await lab.host.write(lab.host.path('tombstones', id), '');
    expect(await last()).toMatchObject({ id: 'last', state: 'skipped' });
  });

  it('is one whose folder is gone with the claim of its attempt, though it had told nothing', async () => {
    const python = join(lab.folder, 'no python');
    await reopen({
      hosts: {
        ...lab.deps.hosts,
        trainer: async () => ({ ready: true, python, version: '3', lockSha256: null }),
      },
    });
    const id = await launch('play');
    expect(await jobs.whenEnded(id)).toMatchObject({ failure: { class: 'launch' }, resumesAfter: 0 });
    rmSync(folderOf(id), { recursive: true });
    expect(await get(id)).toMatchObject({ resumesAfter: null });
    await expect(resume(id)).rejects.toThrow(/moved or emptied/);
    expect(await states(id)).toBe('DRAFT CHECKED QUEUED STAGING LAUNCHING FAILED');
  });
});

describe('a run that was never started', () => {
  it('can be stopped while it waits to go on, and resumed later', async () => {
    const id = await launch('kill-at=3 checkpoint-every=1 once');
    await jobs.whenEnded(id);
    const other = await launch('pause=0.05', 5000);
    expect(await resume(id)).toEqual({ id, step: 2 });
    expect(await jobs.stop({ id }, context)).toEqual({ state: 'STOPPED' });
    expect(await get(id)).toMatchObject({ state: 'STOPPED', resumesAfter: 2 });
    await jobs.stop({ id: other }, context);
    await jobs.whenEnded(other);
    await resume(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 6 });
    expectWhole(id, 6);
  });

  it('is staged and launched when what was missing is there', async () => {
    const first = await launch('pause=0.05', 5000);
    const id = await launch('second');
    const server = join(lab.folder, 'reward-server.js');
    const before = readFileSync(server);
    writeFileSync(server, '// another one\n');
    await jobs.stop({ id: first }, context);
    expect(await jobs.whenEnded(id)).toMatchObject({ failure: { class: 'staging' }, resumesAfter: 0 });
    writeFileSync(server, before);
    await resume(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE', step: 6 });
    expect((await get(id)).launches).toBe(1);
  });

  it('is launched as the next attempt when the host had refused it', async () => {
    const python = join(lab.folder, 'python');
    await reopen({
      hosts: {
        ...lab.deps.hosts,
        trainer: async () => ({ ready: true, python, version: '3', lockSha256: null }),
      },
    });
    const id = await launch('play');
    expect(await jobs.whenEnded(id)).toMatchObject({ failure: { class: 'launch' }, resumesAfter: 0 });
    writeFileSync(python, '#!/bin/sh\nexec python3 "$@"\n', { mode: 0o755 });
    await resume(id);
    expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE' });
    expect(existsSync(join(folderOf(id), 'launch-2.claim'))).toBe(true);
  });
});
