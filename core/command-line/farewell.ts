// What a person reads who leaves early: where the work stands now, and what goes on with it. Used by perform.ts.
import type { Demo } from '../contract/demo.ts';
import type { Evaluation } from '../contract/evals.ts';
import type { Job } from '../contract/jobs.ts';
import { momentInWords } from '../contract/moment.ts';

type Command = (words: readonly string[]) => string;

/** By feature: the sentence for the answer of the verb that the contract names as `leave`. */
const farewells: Readonly<Record<string, (answer: never, command: Command) => string>> = {
  evals: (e: Evaluation, command) => {
    if (e.state === 'done') return `"${e.name}" was just done: ${command(['evals', 'get', e.id])}`;
    if (e.state === 'failed') return `"${e.name}" failed: ${e.error}`;
    return `Paused at ${e.done} of ${e.total}; continue with ${command(['evals', 'resume', e.id])}`;
  },
  jobs: (j: Job, command) => {
    if (['DONE', 'FAILED', 'STOPPED', 'EXPIRED', 'LOST'].includes(j.state))
      return `The run "${j.name}" is over (${j.state}): ${command(['jobs', 'get', j.id])}`;
    return `The run "${j.name}" goes on without this terminal, at ${momentInWords(j.moment)}. Follow it with ${command(['jobs', 'wait', j.id])}, end it with ${command(['jobs', 'stop', j.id])}`;
  },
  demo: (d: Demo | null, command) => {
    if (d === null) return 'The demo had not begun.';
    const run =
      d.stage === 'train' && d.jobId
        ? ` Its training run goes on by itself: ${command(['jobs', 'get', d.jobId])}.`
        : '';
    return `The demo waits at "${d.stage}"; what is done is kept.${run} Continue with ${command(['demo', '--seed', String(d.seed)])}`;
  },
};

export function farewell(feature: string, answer: unknown, command: Command): string {
  return farewells[feature]?.(answer as never, command) ?? 'Stopped.';
}
