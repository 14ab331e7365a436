// The strip at the foot: the lab's pulse on every screen. What is going on, how far, and how old the news is.

import type { Job } from '../../core/contract/jobs.ts';
import type { Activity } from '../../core/contract/lab.ts';
import { useCoreState } from '../core.ts';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { isEnded, runLeftInWords } from '../run-state.ts';
import { formatAge, formatPercent } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { ProgressBar, paceInWords } from '../ui/progress.tsx';
import { useNow } from '../ui/use-now.ts';
import styles from './strip.module.css';

interface Work {
  id: string;
  title: string;
  phase: string;
  done: number;
  total: number | null;
  words: string;
  open: (() => void) | undefined;
}

export function Strip() {
  const core = useCoreState((state) => state.state);
  const now = useNow();
  const runs = useQuery('jobs.list', {});
  const activities = useQuery('lab.activities', {});
  const status = useQuery('lab.status', {});
  const work = [
    ...(activities.data ?? []).map(workOfActivity),
    ...(runs.data ?? []).filter((run) => !isEnded(run.state)).map((run) => workOfRun(run, now)),
  ];
  const saved = status.data?.savedAt;
  return (
    <footer className={styles.strip}>
      {work.length === 0 ? (
        <Pill>nothing running</Pill>
      ) : (
        <Pill tone="accent" live>
          {`${work.length} running`}
        </Pill>
      )}
      {work.slice(0, 2).map((each) => (
        <WorkView key={each.id} work={each} />
      ))}
      <span className={styles.gap} />
      {status.data && (
        <span className={styles.lab} title={status.data.folder}>
          {status.data.name}
        </span>
      )}
      <span aria-live="polite">
        {core !== 'ready' ? coreWords[core] : saved ? `saved ${formatAge(saved, now)}` : 'core ready'}
      </span>
    </footer>
  );
}

const coreWords = {
  starting: 'core starting',
  restarting: 'core restarting',
  failed: 'core stopped',
} as const;

function WorkView({ work }: { work: Work }) {
  return (
    <button
      type="button"
      className={styles.work}
      onClick={work.open}
      disabled={!work.open}
      title={work.phase}
    >
      <span className={styles.title}>{work.title}</span>
      <ProgressBar label={work.title} done={work.done} total={work.total} className={styles.bar} />
      <span className={styles.words}>{work.words}</span>
    </button>
  );
}

function workOfActivity(activity: Activity): Work {
  return {
    id: activity.id,
    title: activity.title,
    phase: activity.phase,
    done: activity.done,
    total: activity.total,
    words: paceInWords({ ...activity, ratePerSecond: null }),
    open: placeOf(activity.about),
  };
}

function workOfRun(run: Job, now: number): Work {
  const words = [run.totalSteps > 0 ? `${formatPercent(run.step / run.totalSteps, 0)} %` : run.phase];
  const left = runLeftInWords(run);
  if (left !== null) words.push(left);
  if (run.heardAt !== null) words.push(`heard ${formatAge(run.heardAt, now)}`);
  return {
    id: run.id,
    title: run.name,
    phase: run.phase,
    done: run.step,
    total: run.totalSteps || null,
    words: words.join(' · '),
    open: () => go('train', { id: run.id }),
  };
}

const screenOfFeature = {
  datasets: 'data',
  jobs: 'train',
  models: 'models',
  evals: 'evaluate',
  rewards: 'rewards',
} as const;

function placeOf(about: Activity['about']): (() => void) | undefined {
  if (!about) return undefined;
  if (about.feature === 'demo') return () => go('home');
  const screen = screenOfFeature[about.feature as keyof typeof screenOfFeature];
  return screen && (() => go(screen, { id: about.id }));
}
