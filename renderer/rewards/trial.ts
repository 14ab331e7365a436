// A trial of two suites over a set: asked, followed and cancelled by the tab; the last report stays while the window lives. A
// window that is loaded again asks for the trial that went on, which the core gives a moment to be found again.
import { create } from 'zustand';
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Job } from '../../core/contract/jobs.ts';
import { type CompletionSet, TryInput, type TryReport } from '../../core/contract/rewards.ts';
import { runCommand, useQuery } from '../queries.ts';
import { adjust } from '../route.ts';
import { plural } from '../ui/format.ts';

export interface Trial {
  set: CompletionSet;
  left: string;
  right: string;
}

/** Where this window notes a trial that goes on; it survives loading the window again, and ends with it. */
const NOTE = 'rewards.trial';

interface SetOption {
  value: string;
  label: string;
  detail: string;
}

/** Every stored set, as values of one list: "evaluation:…", "run:…", "file:…". */
export function setOptions(
  evaluations: readonly Pick<Evaluation, 'id' | 'name' | 'done'>[],
  runs: readonly Pick<Job, 'id' | 'name' | 'step'>[],
  files: readonly string[],
): SetOption[] {
  return [
    ...files.map((file) => ({
      value: `file:${file}`,
      label: file.split(/[\\/]/).at(-1) ?? file,
      detail: file,
    })),
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

interface Asked {
  /** The trial that was asked for last. */
  trial: Trial | null;
  report: TryReport | undefined;
  error: Error | null;
  /** While it runs. */
  stop: AbortController | null;
}

/** Lives as long as the window: a trial goes on when its screen is left, and is there when one comes back. */
const useAsked = create<Asked>(() => ({ trial: null, report: undefined, error: null, stop: null }));

async function start(trial: Trial): Promise<void> {
  const stop = new AbortController();
  useAsked.getState().stop?.abort();
  useAsked.setState({ trial, report: undefined, error: null, stop });
  sessionStorage.setItem(NOTE, JSON.stringify(trial));
  const settle = (end: Partial<Asked>) => {
    if (useAsked.getState().stop !== stop) return;
    sessionStorage.removeItem(NOTE);
    useAsked.setState({ stop: null, ...end });
  };
  await runCommand('rewards.try', trial, stop.signal).then(
    (report) => settle({ report }),
    (error: Error) => settle({ error }),
  );
}

/** Called once by main.tsx: a trial that went on when the window was left goes on in this one. */
export function resumeTrial(): void {
  const note = sessionStorage.getItem(NOTE);
  if (note === null) return;
  const trial = trialIn(note);
  if (trial) void start(trial);
  else sessionStorage.removeItem(NOTE);
}

/** Null for a note that another version may have left, or that is none: the window starts all the same. */
function trialIn(note: string): Trial | null {
  try {
    const { data } = TryInput.safeParse(JSON.parse(note));
    if (typeof data?.left !== 'string' || typeof data.right !== 'string') return null;
    return { set: data.set, left: data.left, right: data.right };
  } catch {
    return null;
  }
}

const same = (a: Trial | null, b: Trial | null) => JSON.stringify(a) === JSON.stringify(b);

export function useTrial(wanted: Trial | null) {
  const { trial, report, error, stop } = useAsked();
  const shown = trial !== null && same(trial, wanted);
  const activities = useQuery('lab.activities', {});
  const running = stop !== null;
  const activity = running ? activities.data?.find(({ about }) => about?.id === 'try') : undefined;
  return {
    running,
    activity,
    report: shown ? report : undefined,
    error: shown ? error : null,
    start: () => wanted && void start(wanted),
    /** The core is told to stop. */
    cancel: () => {
      stop?.abort();
      if (activity) void runCommand('lab.cancel', { id: activity.id });
      sessionStorage.removeItem(NOTE);
      useAsked.setState({ trial: null, report: undefined, error: null, stop: null });
    },
  };
}

/** What is chosen for a trial, as the address names it; kept while the window lives. */
interface TryChoice {
  set: string | null;
  left: string | null;
  right: string | null;
  /** Files that were chosen, the last one first. */
  files: readonly string[];
}

export const useTryChoice = create<TryChoice>(() => ({ set: null, left: null, right: null, files: [] }));

/** With its place in the address, so that a reload finds it. */
export function chooseForTry(change: Partial<Record<'set' | 'left' | 'right', string>>): void {
  const { files } = useTryChoice.getState();
  const file = change.set?.startsWith('file:') ? change.set.slice(5) : null;
  useTryChoice.setState({
    ...change,
    ...(file === null ? {} : { files: [file, ...files.filter((each) => each !== file)] }),
  });
  adjust({ params: { ...change, row: null } });
}
