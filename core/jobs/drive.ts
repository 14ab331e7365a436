// Moves one run from state to state until it is over: queue, staging, launch, watching, bringing the adapter home. One driver a
// run; all it knows is in the catalog and on the host, so after a crash another one goes on. Called by jobs.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import { JobSpec } from '../contract/job-spec.ts';
import { bringHome, EarlyArrivals } from './arrival.ts';
import { setArtifact } from './artifacts.ts';
import type { JobsDeps, RunHost, Timing } from './deps.ts';
import { type Ending, readEnding, readExit } from './ending.ts';
import { ingest } from './ingest.ts';
import { hostFor } from './launch.ts';
import {
  attemptOf,
  type JobRecord,
  jobRecord,
  type Step,
  setPhase,
  specText,
  transition,
} from './records.ts';
import { whyOver } from './resume.ts';
import { startShim } from './shim.ts';
import { stage } from './stage.ts';
import { holdsHost, isTerminal } from './states.ts';
import { readTraces, type Traces, Vigil, withdraw } from './vigil.ts';

export interface Driving {
  deps: JobsDeps;
  timing: Timing;
  signal: AbortSignal;
  /** Said when a run's state has changed, after the commit. */
  onChange(id: string): void;
  /** What keeps a run from going on right now, in words; null when it goes on again. */
  onProblem(id: string, problem: { code: string; message: string } | null): void;
  /** What the run did while nobody looked is in the catalog; from here on it is followed. */
  onCaughtUp(id: string): void;
}

/** Drives until the run is over or the signal comes. Never rejects: a problem is told, waited out and tried again. */
export async function drive(on: Driving, id: string): Promise<void> {
  const vigil = new Vigil(on.timing.lostAfter);
  const early = new EarlyArrivals(on);
  try {
    await driveOn(on, id, vigil, early);
  } finally {
    await early.settled();
  }
}

async function driveOn(on: Driving, id: string, vigil: Vigil, early: EarlyArrivals): Promise<void> {
  let troubles = 0;
  while (!on.signal.aborted) {
    try {
      const job = jobRecord(on.deps.catalog, id);
      if (isTerminal(job.state)) return;
      // One that was not started did nothing meanwhile; who asks about it, or stops it, must not wait until it is.
      if (!['RUNNING', 'STOPPING', 'SYNCING'].includes(job.state)) on.onCaughtUp(id);
      const pauseMs = await advance(on, job, vigil, early);
      on.onProblem(id, null);
      troubles = 0;
      if (pauseMs <= 0) continue;
      on.onCaughtUp(id);
      await sleep(pauseMs, undefined, { signal: on.signal });
    } catch (error) {
      if (on.signal.aborted) return;
      troubles += 1;
      const code = error instanceof CoreError ? error.code : 'internal';
      on.onProblem(id, { code, message: error instanceof Error ? error.message : String(error) });
      await sleep(Math.min(on.timing.poll * 2 ** troubles, 10_000), undefined, { signal: on.signal }).catch(
        () => {},
      );
    }
  }
}

/** One step forward; returns how long to wait before the next. */
async function advance(on: Driving, job: JobRecord, vigil: Vigil, early: EarlyArrivals): Promise<number> {
  switch (job.state) {
    case 'QUEUED':
      return takePlace(on, job);
    case 'STAGING':
      return await stageRun(on, job);
    case 'LAUNCHING':
      return await launchRun(on, job, vigil);
    case 'RUNNING':
    case 'STOPPING':
      return await watchRun(on, job, vigil, early);
    case 'SYNCING':
      return await bringHome(on, job, (step) => go(on, job, step));
    default:
      throw new CoreError('internal', `Run ${job.id} is in state ${job.state}, which nothing leads out of.`);
  }
}

function go(on: Driving, job: JobRecord, step: Omit<Step, 'at'>): boolean {
  const moved = transition(on.deps.catalog, job.id, job.state, { ...step, at: on.deps.now() });
  on.onChange(job.id);
  return moved;
}

function fail(on: Driving, job: JobRecord, failureClass: string, message: string): number {
  go(on, job, { to: 'FAILED', reason: message, failure: { class: failureClass, message } });
  return 0;
}

const Ahead = z.object({ id: z.string(), name: z.string(), state: z.string() });

/** One run at a time on a machine: they would share its cores and its memory. */
function takePlace(on: Driving, job: JobRecord): number {
  const { catalog } = on.deps;
  const ahead = catalog
    .all(
      Ahead,
      sql`SELECT id, name, state FROM jobs WHERE host = ${job.host} AND recorded = 0 AND id <> ${job.id} AND (created_at, id) < (${job.created_at}, ${job.id})`,
    )
    .filter((other) => other.state === 'QUEUED' || holdsHost(other.state as JobRecord['state']));
  const running = catalog
    .all(
      Ahead,
      sql`SELECT id, name, state FROM jobs WHERE host = ${job.host} AND recorded = 0 AND id <> ${job.id}`,
    )
    .filter((other) => holdsHost(other.state as JobRecord['state']));
  const first = running[0] ?? ahead[0];
  if (first) {
    if (setPhase(catalog, job.id, `waiting for "${first.name}" to end`)) on.onChange(job.id);
    return on.timing.poll;
  }
  setPhase(catalog, job.id, 'getting the job folder ready');
  go(on, job, { to: 'STAGING', reason: 'Its place on the host is free.' });
  return 0;
}

async function stageRun(on: Driving, job: JobRecord): Promise<number> {
  const { deps } = on;
  const host = hostFor(deps, job.host);
  const text = specText(deps.catalog, job.id);
  const spec = JobSpec.parse(JSON.parse(text));
  try {
    await stage({
      host,
      folder: host.path(job.folder),
      spec,
      specText: text,
      commandText: job.command,
      trainerFolder: `${deps.resourcesFolder}/trainer`,
      rewardServerCommand: () => deps.rewardServerCommand(),
      localFile: (sha256) => deps.blobs.path(sha256),
    });
  } catch (error) {
    if (on.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return fail(on, job, 'staging', `The job folder could not be made ready; nothing ran. ${message}`);
  }
  setPhase(deps.catalog, job.id, 'starting the trainer');
  go(on, job, { to: 'LAUNCHING', reason: 'The job folder is complete.' });
  return 0;
}

/** Calls the shim, which starts an attempt once however often it is called; then waits for the first sign of life. */
async function launchRun(on: Driving, job: JobRecord, vigil: Vigil): Promise<number> {
  const host = hostFor(on.deps, job.host);
  const folder = host.path(job.folder);
  const attempt = attemptOf(on.deps.catalog, job.id);
  const traces = await readTraces(host, folder, attempt);
  if (traces.claim === 'withdrawn')
    return fail(on, job, 'launch', 'The host has refused to start the run; nothing was started.');
  if (traces.claim === 'free') {
    const refusal = await startShim(host, job, attempt);
    // The right is taken back, so that no call that is still on its way starts what has failed, and another attempt can follow.
    if (refusal !== null && (await withdraw(host, folder, attempt))) return fail(on, job, 'launch', refusal);
  }
  const now = await readTraces(host, folder, attempt);
  countLaunches(on, job, now.launches);
  if (now.pid !== null || (await readExit(host, folder, attempt)) !== null) {
    go(on, job, {
      to: 'RUNNING',
      reason: now.pid ? `The trainer runs as process ${now.pid.pid}.` : 'The host answered.',
    });
    return 0;
  }
  if (await vigil.isLost(host, now)) return fail(on, job, 'launch', neverStarted(folder));
  return on.timing.poll;
}

async function watchRun(on: Driving, job: JobRecord, vigil: Vigil, early: EarlyArrivals): Promise<number> {
  const { deps } = on;
  const host = hostFor(deps, job.host);
  const folder = host.path(job.folder);
  const attempt = attemptOf(deps.catalog, job.id);
  if (job.state === 'STOPPING' && !(await host.exists(`${folder}/requests/stop`)))
    await host.write(`${folder}/requests/stop`, `${JSON.stringify({ wall: deps.now() })}\n`);
  // The order matters: what is in the log after exit.json was seen is all that will ever be in it.
  const exit = await readExit(host, folder, attempt);
  const traces = await readTraces(host, folder, attempt);
  countLaunches(on, job, traces.launches);
  const withdrawn =
    traces.claim === 'withdrawn' ||
    (job.state === 'STOPPING' && traces.claim === 'free' && (await withdraw(host, folder, attempt)));
  if (exit === null && withdrawn) return stopUnstarted(on, job);
  const lost = exit === null && (await vigil.isLost(host, traces));
  const over = exit !== null || lost;
  const source = { catalog: deps.catalog, host, now: deps.now };
  const taken = await ingest(source, { id: job.id, folder }, { final: over, signal: on.signal });
  if (taken.events > 0) on.onChange(job.id);
  if (on.signal.aborted) return 0;
  if (!over) {
    early.look(job);
    return on.timing.poll;
  }
  await early.settled();
  if (on.signal.aborted) return 0;
  if (exit === null && traces.shim === null) go(on, job, untraced(traces, folder));
  else await end(on, job, host);
  return 0;
}

function stopUnstarted(on: Driving, job: JobRecord): number {
  go(on, job, { to: 'STOPPED', reason: 'It was stopped before the trainer was started.', failure: null });
  return 0;
}

const neverStarted = (folder: string): string =>
  `The shim died before it had started the trainer; see ${folder}/shim.log. Nothing ran.`;

/** The end of an attempt without a launch on record. */
function untraced({ claim }: Traces, folder: string): Ending {
  if (claim === 'taken') {
    const message = neverStarted(folder);
    return { to: 'FAILED', reason: message, failure: { class: 'launch', message } };
  }
  const message = `There is no trace of a trainer in ${folder}: the job folder was moved or emptied.`;
  return { to: 'LOST', reason: message, failure: { class: 'lost', message } };
}

/** An adapter that was published comes home first, also from a run that failed, was stopped or is lost. */
async function end(on: Driving, job: JobRecord, host: RunHost): Promise<void> {
  const { ending, artifact, withdrawn } = await readEnding(on.deps.catalog, host, job);
  // An earlier attempt may have brought it home.
  if (withdrawn !== null)
    setArtifact(on.deps.catalog, job.id, withdrawn, {
      ...{ state: 'gone', modelId: null, reason: 'The run has withdrawn it.', files: [] },
    });
  if (whyOver(on.deps.catalog, job.id, ending.failure?.class ?? null) !== null)
    await host.write(host.path('tombstones', job.id), '');
  if (artifact === null) {
    go(on, job, { ...ending, adapterId: null });
    return;
  }
  setPhase(on.deps.catalog, job.id, 'bringing the adapter home');
  go(on, job, {
    to: 'SYNCING',
    reason: `The trainer has ended; its adapter "${artifact.name}" is to be brought home.`,
  });
}

function countLaunches(on: Driving, job: JobRecord, launches: number): void {
  if (launches !== job.launches)
    on.deps.catalog.run(sql`UPDATE jobs SET launches = ${launches} WHERE id = ${job.id}`);
}
