// A trial of two suites over a set: asked, followed and cancelled by the tab; the last report stays while the window lives.
import { create } from 'zustand';
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Job } from '../../core/contract/jobs.ts';
import type { CompletionSet } from '../../core/contract/rewards.ts';
import { useQuery } from '../queries.ts';
import { plural } from '../ui/format.ts';

export interface Trial {
  set: CompletionSet;
  left: string;
  right: string;
}

interface SetOption {
  value: string;
  label: string;
  detail: string;
}

/** Every stored set, as values of one list: "evaluation:…", "run:…", "file:…". */
export function setOptions(
  evaluations: readonly Pick<Evaluation, 'id' | 'name' | 'done'>[],
  runs: readonly Pick<Job, 'id' | 'name' | 'step'>[],
  chosen: string | null,
): SetOption[] {
  const file = chosen?.startsWith('file:') ? chosen.slice(5) : null;
  return [
    ...(file ? [{ value: `file:${file}`, label: file.split(/[\\/]/).at(-1) ?? file, detail: file }] : []),
    ...evaluations
      .filter(({ done }) => done > 0)
      .map(({ id, name, done }) => ({
        value: `evaluation:${id}`,
        label: name,
        detail: `evaluation · ${plural(done, 'completion')}`,
      })),
    ...runs
      .filter(({ step }) => step > 0)
      .map(({ id, name, step }) => ({
        value: `run:${id}`,
        label: name,
        detail: `rollouts of ${plural(step, 'step')}`,
      })),
  ];
}

/** The set that such a value names. */
export function setOf(value: string): CompletionSet {
  const [kind = '', ...rest] = value.split(':');
  const name = rest.join(':');
  if (kind === 'evaluation') return { evaluation: name };
  if (kind === 'run') return { run: name };
  return { file: name };
}

/** The trial that was asked for last: coming back to the tab shows it again. */
const useAsked = create<{ trial: Trial | null }>(() => ({ trial: null }));

const same = (a: Trial | null, b: Trial | null) => JSON.stringify(a) === JSON.stringify(b);

export function useTrial(wanted: Trial | null) {
  const asked = useAsked(({ trial }) => trial);
  const shown = asked !== null && same(asked, wanted);
  const input = asked ?? { set: '', left: '', right: '' };
  const answer = useQuery('rewards.try', input, { enabled: shown });
  const activities = useQuery('lab.activities', {});
  const running = shown && answer.isFetching;
  const activity = activities.data?.find(({ kind }) => kind === 'scoring');
  return {
    running,
    activity: running ? activity : undefined,
    report: shown && !answer.isFetching ? answer.data : undefined,
    error: shown && !answer.isFetching ? answer.error : null,
    start: () => {
      if (same(asked, wanted)) void answer.refetch();
      else useAsked.setState({ trial: wanted });
    },
    /** Nobody looks at the answer any more: the core is told to stop. */
    cancel: () => useAsked.setState({ trial: null }),
  };
}
