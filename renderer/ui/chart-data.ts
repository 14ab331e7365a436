// Series of different steps brought onto one axis, and a chart as a table. Pure; used by chart.tsx.
import { smoothParts } from './smooth.ts';

export interface ChartSeries {
  id: string;
  title: string;
  /** A colour token: "var(--c1)". */
  color: string;
  /** Strictly rising. */
  steps: readonly number[];
  values: readonly (number | null)[];
  /** Weight of the moving average; 0 or absent draws the values as they are. */
  smoothing?: number;
  /** Places in `steps` at which something new begins: neither the line nor its mean goes on over them. */
  starts?: readonly number[];
}

/** A place on the horizontal axis with its name: what begins after it. */
export interface ChartMark {
  at: number;
  label: string;
}

export interface Plot {
  steps: number[];
  /** One per series, aligned with `steps`: as measured. */
  raw: (number | null)[][];
  /** One per series: smoothed, or the same as `raw`. */
  shown: (number | null)[][];
}

/** Aligns all series on the union of their steps; a step that a series lacks is a gap. */
export function plotOf(series: readonly ChartSeries[]): Plot {
  const steps = [...new Set(series.flatMap((each) => each.steps))].sort((a, b) => a - b);
  const place = new Map(steps.map((step, i) => [step, i]));
  const align = (at: readonly number[], values: readonly (number | null)[]) => {
    const line: (number | null)[] = new Array(steps.length).fill(null);
    at.forEach((step, i) => {
      line[place.get(step) as number] = finiteOrNull(values[i]);
    });
    return line;
  };
  return {
    steps,
    raw: series.map((each) => align(each.steps, each.values)),
    shown: series.map((each) =>
      align(each.steps, smoothParts(each.values, each.smoothing ?? 0, each.starts ?? [])),
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
