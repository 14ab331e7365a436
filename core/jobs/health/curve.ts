// Curves as the health rules read them: without gaps, smoothed, and since when something is so. Pure.
import type { Series } from '../../contract/run-views.ts';

export interface Curve {
  metric: string;
  steps: readonly number[];
  /** As long as `steps`; gaps are left out. */
  values: readonly number[];
}

export interface Lasting {
  /** The first step from which on it was so until now. */
  since: number;
  /** In points of the curve. */
  points: number;
}

/** Steps that one smoothed point looks back on: a step has few questions, so one alone says little. */
export const WINDOW = 5;

/** Null when the run has not measured it. */
export function curveOf(series: readonly Series[], metric: string): Curve | null {
  const found = series.find((each) => each.name === metric);
  if (!found) return null;
  const steps: number[] = [];
  const values: number[] = [];
  for (const [i, value] of found.values.entries()) {
    if (value === null) continue;
    steps.push(found.steps[i]!);
    values.push(value);
  }
  return values.length === 0 ? null : { metric, steps, values };
}

/** Each point is the mean of itself and of up to `window - 1` before it. */
export function smoothed(curve: Curve, window = WINDOW): Curve {
  let sum = 0;
  const values = curve.values.map((value, i) => {
    sum += value - (i >= window ? curve.values[i - window]! : 0);
    return sum / Math.min(i + 1, window);
  });
  return { ...curve, values };
}

export function last(curve: Curve): number {
  return curve.values.at(-1)!;
}

/** How long it has been so up to the last point; null when it is not so now. */
export function lasting(curve: Curve, test: (value: number) => boolean): Lasting | null {
  let first = curve.values.length;
  while (first > 0 && test(curve.values[first - 1]!)) first -= 1;
  const points = curve.values.length - first;
  return points === 0 ? null : { since: curve.steps[first]!, points };
}

/** Means of two stretches beside each other: the last `points` of the curve and as many before them. Null while there are too few. */
export function lastTwo(curve: Curve, points: number): { before: number; now: number; since: number } | null {
  const from = curve.values.length - points;
  if (from < points) return null;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    before: mean(curve.values.slice(from - points, from)),
    now: mean(curve.values.slice(from)),
    since: curve.steps[from]!,
  };
}

/** The curve's value at a step, or at the last one before it; null when it begins later. */
export function valueAt(curve: Curve, step: number): number | null {
  const i = curve.steps.findLastIndex((each) => each <= step);
  return i === -1 ? null : curve.values[i]!;
}
