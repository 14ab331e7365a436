// A run's state in words and tone: the same on every screen.
import type { Job, JobState } from '../core/contract/jobs.ts';
import { momentInWords } from '../core/contract/moment.ts';
import type { Verdict } from '../core/contract/reward.ts';
import { formatCount, formatLeft, joinPieces, nameInWords, plural } from './ui/format.ts';
import type { Tone } from './ui/pill.tsx';

const states: Readonly<Record<JobState, readonly [word: string, tone: Tone]>> = {
  DRAFT: ['draft', 'neutral'],
  CHECKED: ['checked', 'neutral'],
  QUEUED: ['queued', 'neutral'],
  STAGING: ['sending files', 'accent'],
  LAUNCHING: ['starting', 'accent'],
  RUNNING: ['running', 'accent'],
  SYNCING: ['bringing the adapter home', 'accent'],
  STOPPING: ['stopping after this step', 'warn'],
  DONE: ['done', 'good'],
  FAILED: ['failed', 'bad'],
  STOPPED: ['stopped', 'neutral'],
  EXPIRED: ['out of time', 'warn'],
  LOST: ['lost', 'bad'],
};

/**
 * With the trainer's own phase where it says more than the step, which is always shown beside it; and what ended a run by itself, which
 * nobody has stopped.
 */
export function runInWords(run: Pick<Job, 'state' | 'phase' | 'endedBy' | 'adapterId'>): string {
  if (run.endedBy !== null) return `ended: ${nameInWords(run.endedBy)}`;
  const words = runStateInWords(run.state, run.phase);
  // Not "exported": who was killed while it stopped has only what it had published before.
  return run.state === 'STOPPED' && run.adapterId !== null ? `${words}, adapter home` : words;
}

/** A state alone, as a history has it. */
export function runStateInWords(state: JobState, phase?: string): string {
  const says = state === 'RUNNING' && phase && !/^(\S+: )?step /.test(phase);
  return says ? `${states[state][0]} · ${phase}` : states[state][0];
}

/** It writes files and takes no steps. */
export const hasSteps = ({ kind }: Pick<Job, 'kind'>): boolean => kind !== 'merge' && kind !== 'export';

/** Its curves tell of learning, or of what is drawn to learn from; an evaluation has a checkpoint where others have a step. */
export const hasCurves = ({ kind }: Pick<Job, 'kind'>): boolean => hasSteps({ kind }) && kind !== 'evaluate';

/** "10 of 20 steps", "20 steps" when all were made. */
export function madeInWords({ made, totalSteps }: Pick<Job, 'made' | 'totalSteps'>): string {
  const all = plural(totalSteps, 'step');
  return made < totalSteps ? `${formatCount(made)} of ${all}` : all;
}

/**
 * How far a run is: "step 3 of 9". A program's stages have counts of their own, so it says which and how far that is, before what was made of
 * all: "sft · step 4 of 10 · 10 of 20 steps in all"; when it is done, the latter alone.
 */
export function runStepInWords({
  kind,
  state,
  moment,
  ...steps
}: Pick<Job, 'kind' | 'state' | 'moment' | 'made' | 'totalSteps'>): string {
  if (!hasSteps({ kind })) return 'no steps';
  if (kind !== 'program' || moment.stage === null) return momentInWords(moment);
  return joinPieces(state !== 'DONE' && momentInWords(moment), `${madeInWords(steps)} in all`);
}

/** How long it takes yet, of a program the stage that is at work; null while that is not known. The one place that says so of a run. */
export function runLeftInWords({ leftMs, moment }: Pick<Job, 'leftMs' | 'moment'>): string | null {
  return leftMs === null ? null : formatLeft(leftMs, moment.stage);
}

export function runTone(state: JobState): Tone {
  return states[state][1];
}

const ended: ReadonlySet<JobState> = new Set(['DONE', 'FAILED', 'STOPPED', 'EXPIRED', 'LOST']);

export function isEnded(state: JobState): boolean {
  return ended.has(state);
}

/** Neither over nor about to be. */
export function isStoppable(state: JobState): boolean {
  return !isEnded(state) && state !== 'STOPPING' && state !== 'SYNCING';
}

const unstarted: ReadonlySet<JobState> = new Set(['DRAFT', 'CHECKED', 'QUEUED', 'STAGING']);

/** Its trainer, or that of its next attempt, is yet to be started: who stops it now loses nothing. */
export function isUnstarted(state: JobState): boolean {
  return unstarted.has(state);
}

const verdicts: Readonly<Record<Verdict, readonly [word: string, tone: Tone]>> = {
  correct: ['correct', 'good'],
  wrong: ['wrong', 'bad'],
  ambiguous: ['ambiguous', 'warn'],
  unverifiable: ['cannot be checked', 'warn'],
  unparsable: ['no answer', 'warn'],
  'not-applicable': ['not checked', 'neutral'],
  error: ['scorer failed', 'bad'],
};

export function verdictInWords(verdict: Verdict): string {
  return verdicts[verdict][0];
}

export function verdictTone(verdict: Verdict): Tone {
  return verdicts[verdict][1];
}
