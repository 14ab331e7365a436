// Where bars and points lie on axes that several distributions share. Pure; used by histograms.tsx and scatter.tsx.

export interface Distribution {
  /** The values between which the bins lie. */
  min: number;
  max: number;
  /** Counts over equal bins. */
  counts: readonly number[];
}

export interface Bar {
  /** Shares of the axis. */
  from: number;
  width: number;
  /** Share of the highest bar of all distributions. */
  height: number;
  count: number;
  /** Values of the bin. */
  low: number;
  high: number;
}

/** An axis that holds all of them, zero included, with the ticks to name. */
export function sharedScale(distributions: readonly Pick<Distribution, 'min' | 'max'>[]): {
  from: number;
  to: number;
} {
  const from = Math.min(0, ...distributions.map(({ min }) => min));
  const to = Math.max(0, ...distributions.map(({ max }) => max));
  return to > from ? { from, to } : { from, to: from + 1 };
}

/** Bars of one distribution on an axis; `densest` is the highest share per unit over all that share the picture. */
export function barsOn(
  { min, max, counts }: Distribution,
  { from, to }: { from: number; to: number },
  densest: number,
): Bar[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const size = (max - min) / Math.max(1, counts.length);
  const place = (value: number) => (value - from) / (to - from);
  return counts.map((count, i) => {
    const low = min + i * size;
    return {
      from: place(low),
      width: size / (to - from),
      height: total === 0 || densest === 0 ? 0 : density(count, total, size) / densest,
      count,
      low,
      high: low + size,
    };
  });
}

/** Share per unit of value, so that distributions with other bins keep equal areas. A range of no width is one bin of width one. */
const density = (count: number, total: number, size: number) => count / total / (size || 1);

/** The highest share per unit of any bin. */
export function densestOf(distributions: readonly Distribution[]): number {
  return Math.max(
    0,
    ...distributions.flatMap(({ min, max, counts }) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      const size = (max - min) / Math.max(1, counts.length);
      return counts.map((count) => (total === 0 ? 0 : density(count, total, size)));
    }),
  );
}

/** Round values from one end of the axis to the other, about `most` of them. */
export function axisTicks({ from, to }: { from: number; to: number }, most = 7): number[] {
  const rough = (to - from) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(6)));
  return ticks;
}

/** Points that lie on each other, as one heap with their count: the largest first, so that small ones stay in sight. */
export function heapsOf<P extends { x: number; y: number; group: string }>(
  points: readonly P[],
): (P & { count: number })[] {
  const heaps = new Map<string, P & { count: number }>();
  for (const point of points) {
    const key = `${point.x.toFixed(2)},${point.y.toFixed(2)},${point.group}`;
    const heap = heaps.get(key);
    if (heap) heap.count += 1;
    else heaps.set(key, { ...point, count: 1 });
  }
  return [...heaps.values()].sort((a, b) => b.count - a.count);
}
