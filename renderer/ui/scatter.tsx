// Points of two values each; the shape says the group as well as the colour.
import { formatCompact } from './format.ts';
import { axisTicks, sharedScale } from './histogram-scale.ts';
import styles from './scatter.module.css';

export interface ScatterPoint {
  id: number;
  x: number;
  y: number;
  group: 'good' | 'bad' | 'neutral';
}

interface ScatterProps {
  label: string;
  x: { title: string; min: number; max: number };
  y: { title: string; min: number; max: number };
  points: readonly ScatterPoint[];
  /** In words, for who cannot see the points. */
  summary: string;
}

const SIZE = 100;
const marks = {
  good: 'M-1.1 0a1.1 1.1 0 1 0 2.2 0a1.1 1.1 0 1 0-2.2 0',
  bad: 'M-1-1L1 1M1-1L-1 1',
  neutral: 'M-.9-.9h1.8v1.8h-1.8z',
};

export function Scatter({ label, x, y, points, summary }: ScatterProps) {
  const [across, up] = [sharedScale([x]), sharedScale([y])];
  const px = (value: number) => (SIZE * (value - across.from)) / (across.to - across.from);
  const py = (value: number) => SIZE - (SIZE * (value - up.from)) / (up.to - up.from);
  return (
    <figure className={styles.frame} aria-label={label}>
      <span className={styles.yTitle}>{y.title}</span>
      <div className={styles.plot}>
        <svg viewBox={`-2 -2 ${SIZE + 4} ${SIZE + 4}`} role="img" aria-label={summary} className={styles.svg}>
          {axisTicks(across, 5).map((tick) => (
            <path key={`x${tick}`} className={styles.grid} d={`M${px(tick)} 0V${SIZE}`} />
          ))}
          {axisTicks(up, 5).map((tick) => (
            <path key={`y${tick}`} className={styles.grid} d={`M0 ${py(tick)}H${SIZE}`} />
          ))}
          {points.map(({ id, x: left, y: right, group }) => (
            <path
              key={id}
              d={marks[group]}
              transform={`translate(${px(left)} ${py(right)})`}
              className={styles[group]}
            />
          ))}
        </svg>
        {axisTicks(up, 5).map((tick) => (
          <small key={tick} className={styles.yTick} style={{ top: `${py(tick)}%` }}>
            {formatCompact(tick)}
          </small>
        ))}
        {axisTicks(across, 5).map((tick) => (
          <small key={tick} className={styles.xTick} style={{ left: `${px(tick)}%` }}>
            {formatCompact(tick)}
          </small>
        ))}
      </div>
      <span className={styles.xTitle}>{x.title}</span>
    </figure>
  );
}
