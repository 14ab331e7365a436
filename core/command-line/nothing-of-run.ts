// What an empty list of a run means: nothing yet, nothing any more, or nothing that its kind could have. Used by printers.ts.
import { endedTooEarly } from '../contract/health-words.ts';
import type { JobKind } from '../contract/job-spec.ts';
import type { Job } from '../contract/jobs.ts';
import { isTerminal } from '../jobs/states.ts';

type Run = Pick<Job, 'kind' | 'state'>;

/** Kinds that ask held-out questions, or may. */
const examined: readonly JobKind[] = ['grpo', 'sft', 'dpo', 'evaluate', 'program'];
/** Kinds that have curves which the health rules are about. */
const watched: readonly JobKind[] = ['grpo', 'sft', 'dpo', 'program'];

export const nothingOf = {
  evals: ({ kind, state }: Run): string => {
    if (!examined.includes(kind))
      return `A run of the kind ${kind} examines nothing: it has no held-out results.`;
    return isTerminal(state) ? 'The run was never examined on held-out questions.' : 'nothing here yet';
  },
  health: ({ kind, state }: Run): string => {
    if (!watched.includes(kind))
      return `A run of the kind ${kind} trains nothing that could go wrong: it is not watched.`;
    return isTerminal(state) ? endedTooEarly() : 'nothing here yet';
  },
};
