// Exponential moving average of a curve. Used by the chart, where the raw series stays visible behind it.

/**
 * Debiased exponential moving average: the first value is the first point, gaps (null) stay gaps and do not pull the mean.
 * `weight` in [0, 1): share of the past that stays at every step; 0 returns the values unchanged.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values];
  let mean = 0;
  let mass = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return mean / mass;
  });
}

/** The same part by part: at each of `starts` the mean begins anew, because what comes there does not go on from what was before. */
export function smoothParts(
  values: readonly (number | null)[],
  weight: number,
  starts: readonly number[],
): (number | null)[] {
  const ends = [...starts, values.length];
  return ends.flatMap((end, i) => smooth(values.slice(starts[i - 1] ?? 0, end), weight));
}

/** A weight that suits a curve of this many points: little for short runs, at most 0.9. */
export function smoothingFor(points: number): number {
  return points < 8 ? 0 : Math.min(0.9, 1 - 4 / Math.sqrt(points * 8));
}
