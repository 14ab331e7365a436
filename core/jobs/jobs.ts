// The feature `jobs`: training runs from launch to the adapter that came home. Made by create-core, which serves it unchanged.
import { join } from 'node:path';
import { CoreError } from '../contract/errors.ts';
import type { Handlers } from '../contract/handlers.ts';
import { JobSpec } from '../contract/job-spec.ts';
import type { Job, JobState } from '../contract/jobs.ts';
import { jobArtifacts } from './artifacts.ts';
import { jobMetrics } from './curves.ts';
import { defaultTiming, type JobsDeps } from './deps.ts';
import { withDocument } from './document.ts';
import { drive } from './drive.ts';
import { jobHealth } from './health/health.ts';
import { hostFor, makeRun } from './launch.ts';
import type { LaunchInput } from './launch-input.ts';
import { offered } from './offer.ts';
import { preflight } from './preflight.ts';
import { readPresets } from './presets.ts';
import { jobDetail, jobLog, jobOf } from './queries.ts';
import { jobRecord, jobRecords, openJobIds, specText, transition, type Warning } from './records.ts';
import { isEnding, isFinal, requeue } from './resume.ts';
import { jobPrompts, jobRollout, jobRollouts, rolloutsOfPrompt } from './rollout-queries.ts';
import { isTerminal } from './states.ts';
import { jobEvals, jobMilestones } from './told.ts';

/** Every verb returns a promise, which is more than the contract asks for, so that create-core can hand it to other features. */
type Promised<H> = {
  [K in keyof H]: H[K] extends (input: infer I, context: infer C) => infer O
    ? (input: I, context: C) => Promise<Awaited<O>>
    : never;
};

export type Jobs = Promised<Handlers['jobs']> & JobsService;

export interface JobsService {
  /** Goes on with every run that is not over. Called once, when the lab is open. */
  start(): void;
  /** Stops looking. Runs themselves go on; the next start catches up. */
  close(): Promise<void>;
  /** Like `launch`, with everything that can be set; with an `id`, a second call starts nothing. */
  launchNow(input: LaunchInput): Promise<{ id: string }>;
  /** The run once it is over and its adapter is home or given up. Rejects when the signal comes first; the run goes on. */
  whenEnded(id: string, signal?: AbortSignal): Promise<Job>;
  /** When every run's host has been looked at once, or has given no answer: what a run did while no core was there is known then. */
  caughtUp(): Promise<void>;
}

export function createJobs(deps: JobsDeps): Jobs {
  const timing = { ...defaultTiming, ...deps.timing };
  const closing = new AbortController();
  const drivers = new Map<string, Promise<void>>();
  const problems = new Map<string, Warning>();
  const listeners = new Set<(id: string) => void>();
  /** Runs whose host was not looked at yet. */
  const behind = new Map<string, PromiseWithResolvers<void>>();
  const caughtUp = (id: string) => {
    behind.get(id)?.resolve();
    behind.delete(id);
  };

  const changed = (id: string) => {
    deps.changes.announce('jobs');
    for (const listener of listeners) listener(id);
  };
  const follow = (id: string) => {
    if (closing.signal.aborted || drivers.has(id)) return;
    behind.set(id, Promise.withResolvers());
    const driver = drive(
      {
        deps,
        timing,
        signal: closing.signal,
        onChange: changed,
        onProblem: (job, problem) => {
          if (problems.get(job)?.message === problem?.message) return;
          if (problem) problems.set(job, { ...problem, at: deps.now() });
          else problems.delete(job);
          changed(job);
          if (problem) caughtUp(job);
        },
        onCaughtUp: caughtUp,
      },
      id,
    );
    drivers.set(
      id,
      driver.finally(() => {
        drivers.delete(id);
        caughtUp(id);
        changed(id);
      }),
    );
  };
  /** Resolves when `test` says so of the run's state, or when this core closes. */
  const until = async (
    id: string,
    test: (state: JobState) => boolean,
    signal?: AbortSignal,
  ): Promise<void> => {
    const done = () => closing.signal.aborted || signal?.aborted || test(jobRecord(deps.catalog, id).state);
    if (done()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!done()) return;
        listeners.delete(look);
        closing.signal.removeEventListener('abort', look);
        signal?.removeEventListener('abort', look);
        resolve();
      };
      listeners.add(look);
      closing.signal.addEventListener('abort', look);
      signal?.addEventListener('abort', look);
    });
  };

  const launchNow = async (input: LaunchInput): Promise<{ id: string }> => {
    const id = await makeRun(deps, input);
    deps.changes.announce('jobs', 'lab');
    follow(id);
    await onItsWay(id);
    return { id };
  };
  // A caller that ends right after this (the command line) must leave a run behind, not a wish; one that waits its turn may.
  const onItsWay = async (id: string): Promise<void> =>
    await until(
      id,
      (state) => !['STAGING', 'LAUNCHING'].includes(state) && (state !== 'QUEUED' || isWaiting(id)),
    );
  const isWaiting = (id: string) => jobRecord(deps.catalog, id).phase !== '' || problems.has(id);
  const whenEnded = async (id: string, signal?: AbortSignal): Promise<Job> => {
    await until(id, isTerminal, signal);
    const job = await jobOf(deps, jobRecord(deps.catalog, id));
    if (!isTerminal(job.state))
      throw new CoreError('cancelled', `Stopped waiting for the run "${job.name}"; it goes on.`, { id });
    return job;
  };

  return {
    start: () => {
      for (const id of openJobIds(deps.catalog)) follow(id);
    },
    close: async () => {
      closing.abort(new CoreError('cancelled', 'The core is closing.'));
      await Promise.allSettled(drivers.values());
    },
    launchNow,
    whenEnded,
    caughtUp: async () => {
      await Promise.all([...behind.values()].map(({ promise }) => promise));
    },
    wait: async ({ id }, { signal }) => await whenEnded(id, signal),
    presets: async () => {
      const files = readPresets(join(deps.resourcesFolder, 'presets'));
      return await Promise.all(files.map((file) => offered(deps, file)));
    },
    launch: async (input) => await launchNow(withDocument(input)),
    preflight: async (input) => await preflight(deps, withDocument(input)),
    list: async () => await Promise.all(jobRecords(deps.catalog).map((record) => jobOf(deps, record))),
    get: async ({ id }) => await jobDetail(deps, id, problems.get(id) ?? null),
    metrics: async (input) => jobMetrics(deps.catalog, input),
    rollouts: async (input) => jobRollouts(deps.catalog, input),
    rollout: async (input) => jobRollout(deps.catalog, input),
    prompts: async ({ id, search }) => jobPrompts(deps.catalog, id, search),
    rolloutsOfPrompt: async ({ id, rowId }) => rolloutsOfPrompt(deps.catalog, id, rowId),
    artifacts: async ({ id }) =>
      jobArtifacts(deps.catalog, deps.hosts.host(jobRecord(deps.catalog, id).host), id),
    health: async ({ id }) =>
      jobHealth(deps.catalog, id, JobSpec.parse(JSON.parse(specText(deps.catalog, id)))),
    milestones: async ({ id }) => jobMilestones(deps.catalog, id, await isFinal(deps, id)),
    evals: async ({ id }) => jobEvals(deps.catalog, id, deps.proportion),
    logs: async (input) => {
      const record = jobRecord(deps.catalog, input.id);
      const host = hostFor(deps, record.host);
      return await jobLog(host, host.path(record.folder), input);
    },
    stop: async ({ id }) => {
      const state = stop(deps, id);
      changed(id);
      return { state };
    },
    resume: async ({ id }, { signal }) => {
      if (await isEnding(deps, id)) await until(id, isTerminal, signal);
      // The driver of the attempt before; with it goes what it knows about processes that are dead.
      if (isTerminal(jobRecord(deps.catalog, id).state)) await drivers.get(id);
      const step = await requeue(deps, id);
      changed(id);
      follow(id);
      await onItsWay(id);
      return { id, step };
    },
  };
}

/** The state after the request; the run's driver carries it out. Throws `conflict` for a run that is over. */
function stop(deps: JobsDeps, id: string): JobState {
  for (;;) {
    const job = jobRecord(deps.catalog, id);
    if (isTerminal(job.state) || job.recorded === 1)
      throw new CoreError(
        'conflict',
        `The run "${job.name}" is over (${job.state}); there is nothing to stop.`,
        { id },
      );
    if (job.state === 'STOPPING' || job.state === 'SYNCING') return job.state;
    const started = job.state === 'LAUNCHING' || job.state === 'RUNNING';
    const to = started ? 'STOPPING' : 'STOPPED';
    const reason = started
      ? 'A person asked it to stop: it finishes its step, exports and ends.'
      : 'A person stopped it before the trainer was started.';
    if (transition(deps.catalog, id, job.state, { to, at: deps.now(), reason })) return to;
  }
}
