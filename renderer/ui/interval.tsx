// A share with its 95 % interval: a dot on a line, drawn on an axis that several of them can share.
import { formatPercent } from './format.ts';
import styles from './interval.module.css';

export interface Share {
  count: number;
  n: number;
  share: number;
  low: number;
  high: number;
}

interface IntervalProps {
  value: Share;
  /** What it is a share of, for screen readers: "accuracy". */
  label: string;
  /** The axis, as shares. */
  from?: number;
  to?: number;
  color?: string;
  width?: number | string;
}

export function Interval({
  value,
  label,
  from = 0,
  to = 1,
  color = 'var(--c1)',
  width = 150,
}: IntervalProps) {
  const at = (share: number) => `${(100 * (Math.max(from, Math.min(to, share)) - from)) / (to - from)}%`;
  const words = `${label} ${formatPercent(value.share)} %, 95 % interval ${intervalInWords(value)}, n ${value.n}`;
  return (
    <span className={styles.interval} style={{ width }} role="img" aria-label={words} title={words}>
      <i style={{ left: at(value.low), right: `calc(100% - ${at(value.high)})`, background: color }} />
      <b style={{ left: at(value.share), background: color }} />
    </span>
  );
}

/** "58.1 – 69.0 %". */
export function intervalInWords({ low, high }: Pick<Share, 'low' | 'high'>): string {
  return `${formatPercent(low)} – ${formatPercent(high)} %`;
}

/** An axis that holds all of these intervals, in steps of ten points. */
export function sharedAxis(values: readonly (Share | null)[]): { from: number; to: number } {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { from: 0, to: 1 };
  const from = Math.floor(Math.min(...known.map((v) => v.low)) * 10) / 10;
  const to = Math.ceil(Math.max(...known.map((v) => v.high)) * 10) / 10;
  return { from: Math.max(0, from), to: Math.min(1, Math.max(to, from + 0.2)) };
}
