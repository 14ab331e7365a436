// A curve the height of a row: the shape only, no axes. The numbers stand beside it.
import { smoothingFor, smoothParts } from './smooth.ts';

interface SparklineProps {
  values: readonly (number | null)[];
  label: string;
  /** How many points the full width stands for. */
  until?: number;
  width?: number;
  height?: number;
  /** Places in `values` at which the mean begins anew. */
  starts?: readonly number[];
  color?: string;
}

export function Sparkline(props: SparklineProps) {
  const {
    values,
    label,
    until = values.length,
    width = 120,
    height = 22,
    color = 'var(--c1)',
    starts = [],
  } = props;
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const line = (points: readonly (number | null)[]) =>
    points
      .map((value, i) =>
        value === null
          ? ''
          : `${1 + (i * (width - 2)) / Math.max(1, until - 1)},${height - 2 - ((value - low) / span) * (height - 4)}`,
      )
      .filter(Boolean)
      .join(' ');
  return (
    <svg width={width} height={height} role="img" aria-label={label} style={{ display: 'block' }}>
      <polyline points={line(values)} fill="none" stroke={color} strokeOpacity={0.22} />
      <polyline
        points={line(smoothParts(values, smoothingFor(known.length), starts))}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
    </svg>
  );
}
