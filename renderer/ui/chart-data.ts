// Series of different steps brought onto one axis, and a chart as a table. Pure; used by chart.tsx.
import { plural } from './format.ts';
import { smoothParts } from './smooth.ts';

export interface ChartSeries {
  id: string;
  title: string;
  /** A colour token: "var(--c1)". */
  color: string;
  /** Rising; one stands twice where an opening follows the step that it bears the number of. */
  steps: readonly number[];
  values: readonly (number | null)[];
  /** Weight of the moving average; 0 or absent draws the values as they are. */
  smoothing?: number;
  /** Places in `steps` at which something new begins: neither the line nor its mean goes on over them. */
  starts?: readonly number[];
  /** Places in `steps` that stand before the first step of what begins there, and bear the number of the last step of what was before. */
  openings?: readonly number[];
}

/** A place on the horizontal axis with its name: what begins after it. */
export interface ChartMark {
  at: number;
  label: string;
}

export interface Plot {
  steps: number[];
  /** Aligned with `steps`: whether it is an opening. */
  openings: boolean[];
  /** One per series, aligned with `steps`: as measured. */
  raw: (number | null)[][];
  /** One per series: smoothed, or the same as `raw`. */
  shown: (number | null)[][];
}

/** Aligns all series on the union of their steps, an opening after the step of its number; a step that a series lacks is a gap. */
export function plotOf(series: readonly ChartSeries[]): Plot {
  const ranks = series.map(({ steps, openings = [] }) =>
    steps.map((step, i) => 2 * step + (openings.includes(i) ? 1 : 0)),
  );
  const all = [...new Set(ranks.flat())].sort((a, b) => a - b);
  const place = new Map(all.map((rank, i) => [rank, i]));
  const align = (at: readonly number[], values: readonly (number | null)[]) => {
    const line: (number | null)[] = new Array(all.length).fill(null);
    at.forEach((rank, i) => {
      line[place.get(rank) as number] = finiteOrNull(values[i]);
    });
    return line;
  };
  return {
    steps: all.map((rank) => Math.floor(rank / 2)),
    openings: all.map((rank) => rank % 2 !== 0),
    raw: series.map((each, i) => align(ranks[i] ?? [], each.values)),
    shown: series.map((each, i) =>
      align(ranks[i] ?? [], smoothParts(each.values, each.smoothing ?? 0, each.starts ?? [])),
    ),
  };
}

function finiteOrNull(value: number | null | undefined): number | null {
  return value === undefined || value === null || !Number.isFinite(value) ? null : value;
}

/** Comma-separated, one line a step, raw values: what was measured, not what was drawn. */
export function csvOf(series: readonly ChartSeries[], unit: string): string {
  const { steps, raw } = plotOf(series);
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const head = [unit, ...series.map((each) => quote(each.title))].join(',');
  const lines = steps.map((step, i) => [step, ...raw.map((line) => line[i] ?? '')].join(','));
  return `${[head, ...lines].join('\n')}\n`;
}

/** The last value that is not a gap. */
export function lastValue(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

/** A chart as a sentence, for who does not see it. */
export function summaryOf(
  series: readonly ChartSeries[],
  { steps, shown }: Plot,
  format: (value: number | null) => string,
): string {
  const values = series.map(({ title }, i) => `${title} ${format(lastValue(shown[i] ?? []))}`);
  return `${plural(steps.length, 'point')}; last values: ${values.join(', ')}.`;
}
