// Brings what a run has published into the lab: while it goes on, so that the best so far is home, and the rest when it is over; then
// writes down how the run ended. Called by drive.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreError } from '../contract/errors.ts';
import { type ArtifactRow, announce, artifactRows, bestByItsRule, setArtifact } from './artifacts.ts';
import type { ArrivedAdapter, JobsDeps, RunHost, Timing } from './deps.ts';
import { type Ending, readEnding } from './ending.ts';
import { hostFor } from './launch.ts';
import { type JobRecord, type Step, setPhase, warn } from './records.ts';
import { takeFiles } from './take-files.ts';

interface Arriving {
  deps: JobsDeps;
  timing: Timing;
  signal: AbortSignal;
  onChange(id: string): void;
}

/** Bytes that are not what they claim to be stay so: trying again would give the same answer. */
const final = ['damaged', 'bad-input', 'conflict'];
const ADAPTER = 'lora-adapter';
/** Right after it the run is over. */
const LAST = 'final';

/** What a running job has published comes home one by one beside it. What does not come is left for its end, when it is tried again. */
export class EarlyArrivals {
  private readonly on: Arriving;
  private readonly tried = new Set<string>();
  private current: Promise<void> | null = null;

  constructor(on: Arriving) {
    this.on = on;
  }

  /** Begins with the next one, unless one is on its way. */
  look(job: JobRecord): void {
    if (this.current) return;
    const next = artifactRows(this.on.deps.catalog, job.id).find(
      (row) => row.state === 'announced' && row.name !== LAST && !this.tried.has(row.name),
    );
    if (!next) return;
    this.tried.add(next.name);
    this.current = take(this.on, job, next)
      .catch((error: unknown) => tell(this.on, job, next, reasonOf(error)))
      .finally(() => {
        this.current = null;
        this.on.onChange(job.id);
      });
  }

  async settled(): Promise<void> {
    await this.current;
  }
}

export async function bringHome(
  on: Arriving,
  job: JobRecord,
  go: (step: Omit<Step, 'at'>) => boolean,
): Promise<number> {
  const { catalog } = on.deps;
  const host = hostFor(on.deps, job.host);
  const { ending, artifact } = await readEnding(catalog, host, job);
  if (artifact === null) {
    go({ ...ending, adapterId: null }); // it was removed meanwhile
    return 0;
  }
  announce(catalog, job.id, { ...artifact, at: on.deps.now() });
  for (const row of artifactRows(catalog, job.id)) {
    if (row.state !== 'announced') continue;
    const failed = await takeWithRetries(on, job, row);
    if (on.signal.aborted) return 0;
    if (failed !== null)
      setArtifact(catalog, job.id, row.name, { state: 'gone', modelId: null, reason: failed, files: [] });
  }
  const rows = artifactRows(catalog, job.id);
  const main = rows.find((row) => row.name === artifact.name)!;
  const { named, lost } = bestByItsRule(catalog, job.id, rows);
  const adapterId = mainAdapter(rows, main, named);
  if (lost) {
    const isHome = rows.some((row) => isAdapterHome(row) && row.model_id === adapterId);
    const instead = isHome
      ? 'the run stands for the last adapter that is'
      : `no adapter of the run is: it stands for ${adapterId === null ? 'none' : 'one that was refused, to be looked at'}`;
    const message = `The best by the run's own rule, "${lost.name}", is not home; ${instead}.`;
    warn(catalog, job.id, { code: 'best-lost', message, at: on.deps.now() });
  }
  const step = stepFor(on, job, host, ending, main);
  go({ ...step, endedAt: ending.endedAt ?? null, adapterId });
  return 0;
}

/**
 * What the run stands for in the lab: the best by its own rule, which is no adapter of it where its base or a merged model is the best; without
 * one the last adapter that is home, else the one that was refused, to be looked at.
 */
function mainAdapter(
  rows: readonly ArtifactRow[],
  main: ArtifactRow,
  best: string | null | undefined,
): string | null {
  const home = rows.filter(isAdapterHome);
  if (best !== undefined) return home.find(({ name }) => name === best)?.model_id ?? null;
  return home.at(-1)?.model_id ?? main.model_id;
}

const isAdapterHome = ({ kind, state }: ArtifactRow) => kind === ADAPTER && state === 'home';

function stepFor(on: Arriving, job: JobRecord, host: RunHost, ending: Ending, main: ArtifactRow): Ending {
  const what = `${main.kind === ADAPTER ? 'adapter' : 'artifact'} "${main.name}"`;
  if (main.state === 'home') return withArrived(ending, what);
  if (main.state === 'refused') {
    if (ending.to !== 'DONE') return ending;
    const message = `The adapter came home but was refused: ${main.reason}`;
    return { to: 'FAILED', reason: message, failure: { class: 'adapter-refused', message } };
  }
  const again =
    main.kind === ADAPTER ? '; bring it in by: `npx forethought models import <that folder>`' : '.';
  const message = `The run's ${what} could not be brought home: ${main.reason} It still lies in ${host.path(job.folder, main.path)}${again}`;
  warn(on.deps.catalog, job.id, { code: 'arrival', message, at: on.deps.now() });
  // A failure of the run itself says more than one on the way home.
  return ending.failure ? ending : { to: 'FAILED', reason: message, failure: { class: 'arrival', message } };
}

/** A run that did not end well says that it still has something to show. */
function withArrived(ending: Ending, what: string): Ending {
  if (ending.failure === null) return ending;
  return {
    ...ending,
    reason: `${ending.reason} Its ${what} was whole and is home.`,
  };
}

/** Null when it is in the lab, refused or not; else why it is not. */
async function takeWithRetries(on: Arriving, job: JobRecord, row: ArtifactRow): Promise<string | null> {
  const what = row.kind === ADAPTER ? 'the adapter' : `"${row.name}"`;
  const say = (phase: string) => {
    if (setPhase(on.deps.catalog, job.id, phase)) on.onChange(job.id);
  };
  for (let attempt = 0; ; attempt++) {
    say(`bringing ${what} home`);
    try {
      await take(on, job, row);
      return null;
    } catch (error) {
      const reason = reasonOf(error);
      if (on.signal.aborted) return reason;
      const pauseMs = on.timing.arrivalRetries[attempt];
      if (pauseMs === undefined || (error instanceof CoreError && final.includes(error.code))) return reason;
      tell(on, job, row, `Try ${attempt + 1}: ${reason}`);
      say(`${what} could not be brought home: ${reason} Trying again in ${pauseMs / 1000} s`);
      await sleep(pauseMs, undefined, { signal: on.signal }).catch(() => {});
      if (on.signal.aborted) return reason;
    }
  }
}

/** Once: an adapter through its arrival checks, anything else into the blobs. Rejects while it could not be taken in. */
async function take(on: Arriving, job: JobRecord, row: ArtifactRow): Promise<void> {
  const { deps } = on;
  const host = hostFor(deps, job.host);
  const folder = host.path(job.folder, row.path);
  const { name, kind, manifest_sha256: manifestSha256 } = row;
  if (kind !== ADAPTER) {
    const files = await takeFiles(deps.blobs, { jobId: job.id, folder, kind, manifestSha256 });
    setArtifact(deps.catalog, job.id, name, { state: 'home', modelId: null, reason: null, files });
    return;
  }
  const arrived: ArrivedAdapter = await deps.onArtifact({ jobId: job.id, folder, name, manifestSha256 });
  const { modelId, reason } = arrived;
  const state = arrived.state === 'ready' ? 'home' : 'refused';
  setArtifact(deps.catalog, job.id, name, { state, modelId, reason, files: [] });
  if (state === 'refused')
    warn(deps.catalog, job.id, {
      code: 'adapter-refused',
      message: `The adapter "${name}" came home but was refused: ${reason ?? 'a check did not hold.'}`,
      at: deps.now(),
    });
}

function tell(on: Arriving, job: JobRecord, row: ArtifactRow, message: string): void {
  warn(on.deps.catalog, job.id, { code: 'arrival', message: `"${row.name}": ${message}`, at: on.deps.now() });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
