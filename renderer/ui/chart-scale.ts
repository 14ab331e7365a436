// Round ends and ticks for the axes of a chart. Pure; used by chart-options.ts.

/** Ticks closer than this share of the axis would overlap. */
const NEAR = 0.2;
const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The smallest round number that is not below `value` (> 0): 0.073 → 0.08, 112 → 150. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = ROUND.find((each) => each * power >= value * 0.9999) ?? 10;
  return Number((factor * power).toPrecision(6));
}

/** Fixed ends as given; open ends go around the data and zero, to round numbers. */
export function valueRange(
  low: number | null,
  high: number | null,
  fixed: readonly [number | null, number | null] | undefined,
): [number, number] {
  const from = fixed?.[0] ?? (low !== null && low < 0 ? -roundUp(-low) : 0);
  const to = fixed?.[1] ?? (high !== null && high > 0 ? roundUp(high) : from < 0 ? 0 : 1);
  return to > from ? [from, to] : [from, from + 1];
}

/** Both ends and the middle; where the axis crosses zero, zero stands for the middle or for an end that lies close to it. */
export function valueTicks([from, to]: readonly [number, number]): number[] {
  if (from >= 0 || to <= 0) return [from, (from + to) / 2, to];
  return -from > (to - from) * NEAR ? [from, 0, to] : [0, to / 2, to];
}

const STEPS = [
  1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 100, 150, 200, 250, 500, 1000, 2000, 5000,
  10_000,
];

/** Both ends and whole steps between them, even ones where they can be, with at least `space` of the axis (0 … 1) from tick to tick. */
export function stepTicks([from, to]: readonly [number, number], space: number): number[] {
  const least = (to - from) * space;
  const wide = STEPS.filter((each) => each >= least);
  const by = wide.find((each) => (to - from) % each === 0 && each <= least * 2.5) ?? wide[0];
  if (by === undefined) return [from, to];
  const ticks = [from];
  for (let at = Math.ceil((from + 1e-9) / by) * by; at <= to - least * 0.75; at += by)
    if (at - from >= least * 0.75) ticks.push(at);
  ticks.push(to);
  return ticks;
}

/** Without zeros that say nothing: 4.5, 2.25, 0, 2.5e−6. */
export function formatTick(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential().replaceAll('-', '−');
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
