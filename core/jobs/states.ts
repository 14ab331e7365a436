// Which states a run can be in and which may follow which. Every change goes through `transition` in records.ts.
import type { JobState } from '../contract/jobs.ts';

const next: Readonly<Record<JobState, readonly JobState[]>> = {
  DRAFT: ['CHECKED', 'FAILED', 'STOPPED'],
  CHECKED: ['QUEUED', 'FAILED', 'STOPPED'],
  QUEUED: ['STAGING', 'FAILED', 'STOPPED'],
  STAGING: ['LAUNCHING', 'FAILED', 'STOPPED'],
  LAUNCHING: ['RUNNING', 'STOPPING', 'STOPPED', 'FAILED', 'LOST'],
  RUNNING: ['STOPPING', 'SYNCING', 'STOPPED', 'EXPIRED', 'FAILED', 'LOST'],
  STOPPING: ['SYNCING', 'STOPPED', 'EXPIRED', 'FAILED', 'LOST'],
  // The run is over and its end is known; only its adapter is still on the way.
  SYNCING: ['DONE', 'STOPPED', 'EXPIRED', 'FAILED', 'LOST'],
  DONE: [],
  // Where the trainer has not finished, a person can let it go on (resume.ts).
  STOPPED: ['QUEUED'],
  EXPIRED: ['QUEUED'],
  FAILED: ['QUEUED'],
  LOST: ['QUEUED'],
};

const ends: readonly JobState[] = ['DONE', 'STOPPED', 'EXPIRED', 'FAILED', 'LOST'];

export const allStates = Object.keys(next) as JobState[];

export function mayFollow(from: JobState, to: JobState): boolean {
  return next[from].includes(to);
}

/** Over: nothing follows by itself. */
export function isTerminal(state: JobState): boolean {
  return ends.includes(state);
}

/** A process may be there: the host's place is taken. */
export function holdsHost(state: JobState): boolean {
  return state === 'STAGING' || state === 'LAUNCHING' || state === 'RUNNING' || state === 'STOPPING';
}
