// A core that dies between any two steps of a launch: the next one goes on, and the trainer is started once.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RunHost } from '../../core/jobs/deps.ts';
import { uuidV7 } from '../../core/jobs/identity.ts';
import { createJobs } from '../../core/jobs/jobs.ts';
import { whatTheCatalogSays } from '../fixtures/catalog-of-run.ts';
import { makePlayResources, openPlayLab, whatTheFilesSay } from '../fixtures/play-lab.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

const changing = new Set<PropertyKey>(['write', 'putFile', 'makeFolder', 'rename', 'remove', 'run']);
const context = { signal: undefined };
const input = { preset: 'play', seed: 1, steps: 2, name: 'pause=0' };

/** A host on which the caller's world ends at the n-th call: nothing that it awaits there ever comes back. */
function endingAt(n: number, when: 'before' | 'after', trace: string[]) {
  let calls = 0;
  let over = () => {};
  const ended = new Promise<void>((resolve) => (over = resolve));
  const wrap = (host: RunHost): RunHost =>
    new Proxy(host, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== 'function' || name === 'path') return value;
        return async (...args: unknown[]) => {
          calls += 1;
          const mine = calls;
          trace.push(String(name));
          if (mine > n || (mine === n && when === 'before')) {
            over();
            return await new Promise(() => {});
          }
          const result: unknown = await (value as (...args: unknown[]) => unknown).apply(target, args);
          if (mine < n) return result;
          over();
          return await new Promise(() => {});
        };
      },
    });
  return { wrap, ended };
}

/** Calls on the host until the run is RUNNING. */
async function callsOfALaunch(): Promise<string[]> {
  const folder = tempFolder();
  makePlayResources(folder);
  const trace: string[] = [];
  const lab = openPlayLab(folder, { host: endingAt(Number.POSITIVE_INFINITY, 'after', trace).wrap });
  const jobs = createJobs(lab.deps);
  const { id } = await jobs.launchNow(input);
  const calls = [...trace];
  await jobs.whenEnded(id);
  await jobs.close();
  lab.catalog.close();
  return calls;
}

async function crashAt(n: number, when: 'before' | 'after'): Promise<void> {
  const folder = tempFolder();
  makePlayResources(folder);
  const id = uuidV7(Date.now());
  const crash = endingAt(n, when, []);
  const first = openPlayLab(folder, { host: crash.wrap });
  // Never closed and never awaited: this one is dead from the n-th call on.
  void createJobs(first.deps).launchNow({ ...input, id });
  await crash.ended;

  const lab = openPlayLab(folder);
  const jobs = createJobs(lab.deps);
  jobs.start();
  const job = await jobs.whenEnded(id);
  const job2 = await jobs.get({ id }, context);
  expect(job, `after ${n} calls`).toMatchObject({ state: 'DONE', step: 2, adapterId: `adapter-of-${id}` });
  expect(job2.launches).toBe(1);
  const jobFolder = lab.host.path('jobs', id);
  expect(readFileSync(join(jobFolder, 'began.txt'), 'utf8').trim().split('\n')).toHaveLength(1);
  expect(whatTheCatalogSays(lab.catalog, id)).toEqual(whatTheFilesSay(jobFolder));
  await jobs.close();
  lab.catalog.close();
  first.catalog.close();
}

it('starts the trainer once, whatever the step at which the core died', async () => {
  const calls = await callsOfALaunch();
  expect(calls).toEqual(expect.arrayContaining([...changing].filter((name) => name !== 'remove')));
  for (const [index, name] of calls.entries()) {
    await crashAt(index + 1, 'before');
    if (changing.has(name)) await crashAt(index + 1, 'after');
  }
});

it('starts the trainer once when many call the shim at the same moment', async () => {
  const folder = tempFolder();
  makePlayResources(folder);
  const lab = openPlayLab(folder);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const others: Promise<unknown>[] = [];
  const run = lab.host.run;
  lab.host.run = async (argv, options) => {
    for (let i = 0; i < 10; i++) others.push(run(argv, options));
    release();
    return await run(argv, options);
  };
  const jobs = createJobs(lab.deps);
  const { id } = await jobs.launchNow(input);
  await held;
  await Promise.all(others);
  expect(await jobs.whenEnded(id)).toMatchObject({ state: 'DONE' });
  await sleep(100);
  expect((await jobs.get({ id }, context)).launches).toBe(1);
  expect(existsSync(join(lab.host.path('jobs', id), 'launch-2.claim'))).toBe(false);
  await jobs.close();
});
