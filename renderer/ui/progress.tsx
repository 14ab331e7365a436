// How far a long work is: bar, count, rate, time left, failures. Without a total the bar runs and the count still moves.
import { formatCompact, formatCount, formatLeft } from './format.ts';
import styles from './progress.module.css';

interface ProgressBarProps {
  label: string;
  done: number;
  total: number | null;
  className?: string | undefined;
}

export function ProgressBar({ label, done, total, className }: ProgressBarProps) {
  const share = total === null || total === 0 ? null : Math.min(1, done / total);
  return (
    <div
      className={`${styles.bar} ${className ?? ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total ?? undefined}
      aria-valuenow={total === null ? undefined : done}
      data-open={share === null || undefined}
    >
      <i style={share === null ? undefined : { width: `${share * 100}%` }} />
    </div>
  );
}

export interface Pace {
  done: number;
  total: number | null;
  ratePerSecond?: number | null;
  leftMs?: number | null;
  /** What `leftMs` is of, where that is not all of it. */
  part?: string | null;
  failures?: number;
}

/** "128 of 300 · 4.1/s · 42 s left · 2 failed". */
export function paceInWords(pace: Pace, unit = ''): string {
  const words = [
    pace.total === null
      ? `${formatCount(pace.done)}${unit}`
      : `${formatCount(pace.done)} of ${formatCount(pace.total)}${unit}`,
  ];
  if (pace.ratePerSecond) words.push(`${formatCompact(pace.ratePerSecond)}/s`);
  if (pace.leftMs !== null && pace.leftMs !== undefined) words.push(formatLeft(pace.leftMs, pace.part));
  if (pace.failures) words.push(`${formatCount(pace.failures)} failed`);
  return words.join(' · ');
}

interface ProgressProps extends Pace {
  label: string;
  unit?: string;
}

export function Progress({ label, unit, ...pace }: ProgressProps) {
  return (
    <div className={styles.progress}>
      <ProgressBar label={label} done={pace.done} total={pace.total} />
      <small className={styles.words}>{paceInWords(pace, unit)}</small>
    </div>
  );
}
