// The loop, left to right: each part with its state in a pill and one line, and a way in.
import { ChevronRight } from 'lucide-react';
import { Fragment } from 'react';
import type { LabStatus } from '../../core/contract/lab.ts';
import { momentInWords } from '../../core/contract/moment.ts';
import { useQuery } from '../queries.ts';
import { formatCount, formatPercent, plural } from '../ui/format.ts';
import { Pill, type Tone } from '../ui/pill.tsx';
import styles from './loop.module.css';

interface Part {
  href: string;
  title: string;
  pill: string;
  tone: Tone;
  live?: boolean;
  detail: string;
}

export function Loop() {
  const status = useQuery('lab.status', {});
  const evaluations = useQuery('evals.list', {});
  const runs = useQuery('jobs.list', {});
  const best = (evaluations.data ?? [])
    .filter((each) => each.state === 'done' && each.accuracy)
    .sort((a, b) => (b.accuracy?.share ?? 0) - (a.accuracy?.share ?? 0))[0];
  const running = runs.data?.find((run) => run.state === 'RUNNING');
  const parts = partsOf(status.data, {
    best: best?.accuracy
      ? `best: ${formatPercent(best.accuracy.share)} % of ${formatCount(best.accuracy.n)}`
      : null,
    step: running ? momentInWords(running.moment) : null,
    done: (evaluations.data ?? []).filter((each) => each.state === 'done').length,
  });
  return (
    <nav className={styles.loop} aria-label="The loop">
      {parts.map((part, i) => (
        <Fragment key={part.title}>
          {i > 0 && <ChevronRight size={14} strokeWidth={1.75} className={styles.arrow} aria-hidden="true" />}
          <a href={part.href} className={styles.part}>
            <h2>{part.title}</h2>
            <Pill tone={part.tone} live={part.live ?? false}>
              {part.pill}
            </Pill>
            <small>{part.detail}</small>
          </a>
        </Fragment>
      ))}
    </nav>
  );
}

interface Known {
  best: string | null;
  step: string | null;
  done: number;
}

function partsOf(status: LabStatus | undefined, { best, step, done }: Known): Part[] {
  const counts = status?.counts;
  const waiting = !counts;
  const running = counts?.runningRuns ?? 0;
  return [
    {
      href: '#/data',
      title: 'Data',
      pill: waiting ? '…' : plural(counts.rows, 'row'),
      tone: counts?.rows ? 'good' : 'neutral',
      detail: waiting ? '' : `from ${plural(counts.sources, 'source')}`,
    },
    {
      href: '#/train',
      title: 'Train',
      pill: running > 0 ? `${running} running` : waiting ? '…' : plural(counts.runs, 'run'),
      tone: running > 0 ? 'accent' : 'neutral',
      live: running > 0,
      detail: step ?? (status?.trainer.ready === false ? 'trainer is not ready' : 'this machine is ready'),
    },
    {
      href: '#/models',
      title: 'Models',
      pill: waiting ? '…' : plural(counts.adapters, 'adapter'),
      tone: counts?.readyAdapters ? 'good' : 'neutral',
      detail: waiting ? '' : `${counts.readyAdapters} ready, on ${plural(counts.bases, 'base')}`,
    },
    {
      href: '#/evaluate',
      title: 'Evaluate',
      pill: waiting ? '…' : plural(counts.evaluations, 'evaluation'),
      tone: counts?.evaluations ? 'good' : 'neutral',
      detail: best ?? (waiting ? '' : `${formatCount(counts.completions)} completions`),
    },
    {
      href: '#/compare',
      title: 'Compare',
      pill: done > 1 ? 'ready' : 'needs two',
      tone: done > 1 ? 'good' : 'neutral',
      detail: done > 1 ? 'gained and lost' : 'two finished evaluations',
    },
  ];
}
