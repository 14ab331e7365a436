// Brings a finished run's adapter into the lab and then writes down how the run ended. Called by drive.ts in state SYNCING.
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreError } from '../contract/errors.ts';
import type { ArrivedAdapter, JobsDeps, RunHost, Timing } from './deps.ts';
import { type Artifact, type Ending, readEnding } from './ending.ts';
import { hostFor } from './launch.ts';
import { type JobRecord, type Step, setPhase, warn } from './records.ts';

interface Arriving {
  deps: JobsDeps;
  timing: Timing;
  signal: AbortSignal;
  onChange(id: string): void;
}

/** Bytes that are not what they claim to be stay so: trying again would give the same answer. */
const final = ['damaged', 'bad-input', 'conflict'];

export async function bringHome(
  on: Arriving,
  job: JobRecord,
  go: (step: Omit<Step, 'at'>) => boolean,
): Promise<number> {
  const host = hostFor(on.deps, job.host);
  const { ending, artifact } = await readEnding(on.deps.catalog, host, job);
  if (artifact === null) {
    go(ending); // it was removed meanwhile
    return 0;
  }
  const arrived = await fetchAdapter(on, job, host, artifact);
  if (on.signal.aborted) return 0;
  if ('modelId' in arrived) {
    go({
      ...(arrived.state === 'ready' ? withArrived(ending, artifact) : withRefused(on, job, ending, arrived)),
      adapterId: arrived.modelId,
    });
    return 0;
  }
  const message = `The run's adapter could not be brought home: ${arrived.reason} It still lies in ${host.path(job.folder, artifact.path)}; bring it in by: forethought models import <that folder>`;
  warn(on.deps.catalog, job.id, { code: 'arrival', message, at: on.deps.now() });
  // A failure of the run itself says more than one on the way home.
  go(ending.failure ? ending : { to: 'FAILED', reason: message, failure: { class: 'arrival', message } });
  return 0;
}

/** A run that did not end well says that it still has something to show. */
function withArrived(ending: Ending, artifact: Artifact): Ending {
  if (ending.failure === null) return ending;
  return {
    ...ending,
    reason: `${ending.reason} Its adapter after step ${artifact.step} was whole and is home.`,
  };
}

/** The adapter is in the lab and stays there to be looked at; a run whose result cannot be used has not ended well. */
function withRefused(on: Arriving, job: JobRecord, ending: Ending, arrived: ArrivedAdapter): Ending {
  const message = `The adapter came home but was refused: ${arrived.reason ?? 'a check did not hold.'}`;
  warn(on.deps.catalog, job.id, { code: 'adapter-refused', message, at: on.deps.now() });
  if (ending.to !== 'DONE') return ending;
  return { to: 'FAILED', reason: message, failure: { class: 'adapter-refused', message } };
}

async function fetchAdapter(
  on: Arriving,
  job: JobRecord,
  host: RunHost,
  artifact: Artifact,
): Promise<ArrivedAdapter | { reason: string }> {
  const say = (phase: string) => {
    if (setPhase(on.deps.catalog, job.id, phase)) on.onChange(job.id);
  };
  for (let attempt = 0; ; attempt++) {
    say('bringing the adapter home');
    try {
      return await on.deps.onArtifact({
        jobId: job.id,
        folder: host.path(job.folder, artifact.path),
        name: artifact.name,
        manifestSha256: artifact.manifestSha256,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (on.signal.aborted) return { reason };
      const pauseMs = on.timing.arrivalRetries[attempt];
      if (pauseMs === undefined || (error instanceof CoreError && final.includes(error.code)))
        return { reason };
      warn(on.deps.catalog, job.id, {
        code: 'arrival',
        message: `Try ${attempt + 1}: ${reason}`,
        at: on.deps.now(),
      });
      say(`the adapter could not be brought home: ${reason} Trying again in ${pauseMs / 1000} s`);
      await sleep(pauseMs, undefined, { signal: on.signal }).catch(() => {});
      if (on.signal.aborted) return { reason };
    }
  }
}
