// Points of two values each; the shape says the group as well as the colour.
import { formatTick } from './chart-scale.ts';
import { formatCompact, plural } from './format.ts';
import { axisTicks, heapsOf, sharedScale } from './histogram-scale.ts';
import styles from './scatter.module.css';

export interface ScatterPoint {
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

const WIDTH = 150;
const HEIGHT = 100;
const marks = {
  good: 'M-1.1 0a1.1 1.1 0 1 0 2.2 0a1.1 1.1 0 1 0-2.2 0',
  bad: 'M-1-1L1 1M1-1L-1 1',
  neutral: 'M-.9-.9h1.8v1.8h-1.8z',
};

export function Scatter({ label, x, y, points, summary }: ScatterProps) {
  const [across, up] = [sharedScale([x]), sharedScale([y])];
  const heaps = heapsOf(points);
  const px = (value: number) => (WIDTH * (value - across.from)) / (across.to - across.from);
  const py = (value: number) => HEIGHT - (HEIGHT * (value - up.from)) / (up.to - up.from);
  return (
    <figure className={styles.frame} aria-label={label}>
      <span className={styles.yTitle}>{y.title}</span>
      <div className={styles.plot}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary} className={styles.svg}>
          {axisTicks(across, 5).map((tick) => (
            <path key={`x${tick}`} className={styles.grid} d={`M${px(tick)} 0V${HEIGHT}`} />
          ))}
          {axisTicks(up, 5).map((tick) => (
            <path key={`y${tick}`} className={styles.grid} d={`M0 ${py(tick)}H${WIDTH}`} />
          ))}
          {heaps.map(({ x: left, y: right, group, count }) => (
            <path
              key={`${left},${right},${group}`}
              d={marks[group]}
              transform={`translate(${px(left)} ${py(right)}) scale(${1 + Math.log2(count) / 4})`}
              className={styles[group]}
            >
              <title>{`${plural(count, 'completion')}: ${formatCompact(left)} across, ${formatCompact(right)} up`}</title>
            </path>
          ))}
        </svg>
        {axisTicks(up, 5).map((tick) => (
          <small key={tick} className={styles.yTick} style={{ top: `${py(tick)}%` }}>
            {formatTick(tick)}
          </small>
        ))}
        {axisTicks(across, 5).map((tick) => (
          <small key={tick} className={styles.xTick} style={{ left: `${(100 * px(tick)) / WIDTH}%` }}>
            {formatTick(tick)}
          </small>
        ))}
      </div>
      <span className={styles.xTitle}>{x.title}</span>
    </figure>
  );
}
