// The numbers about one suite over a set of completions: distribution, correlation with right answers, flat groups, ranks. Used
// by try-on-set.ts.
import type { Verdict } from '../contract/reward.ts';
import type { SuiteSpread } from '../contract/rewards.ts';

/** One completion under one suite. */
export interface Scored {
  /** Null where the suite failed on it. */
  total: number | null;
  verdict: Verdict;
}

const BINS = 24;
const EPSILON = 1e-9;

/** Counts over equal bins of [min, max]; one bin where there is no range. */
export function histogram(totals: readonly number[], min: number, max: number): number[] {
  const bins = new Array<number>(max > min ? BINS : 1).fill(0);
  for (const total of totals) {
    const at = max > min ? Math.floor(((total - min) / (max - min)) * BINS) : 0;
    bins[Math.min(bins.length - 1, Math.max(0, at))]! += 1;
  }
  return bins;
}

/** Mean and sample standard deviation (0 for a single value). */
export function moments(values: readonly number[]): { mean: number; sd: number } | null {
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** Whether an answer is right, as evaluations count: null where there is nothing to be right about. */
export function isRight(verdict: Verdict): boolean | null {
  return verdict === 'not-applicable' || verdict === 'error' ? null : verdict === 'correct';
}

/** Point-biserial correlation: Pearson's r of the total with 1 for a right answer and 0 for a wrong one. */
export function correlation(scored: readonly Scored[]): SuiteSpread['correlation'] {
  const pairs = scored.flatMap(({ total, verdict }) => {
    const right = isRight(verdict);
    return total === null || right === null ? [] : [{ total, right: right ? 1 : 0 }];
  });
  const n = pairs.length;
  const correct = pairs.filter(({ right }) => right === 1).length;
  const none = (reason: string) => ({ value: null, n, correct, reason });
  if (scored.length > 0 && scored.every(({ total }) => total === null))
    return none('The suite failed on every completion.');
  if (n === 0) return none('No completion has an answer that can be judged.');
  if (correct === 0) return none('No completion is right.');
  if (correct === n) return none('Every completion is right.');
  const totals = moments(pairs.map(({ total }) => total))!;
  if (totals.sd < EPSILON) return none('All totals are equal.');
  const share = correct / n;
  const ofRight = moments(pairs.filter(({ right }) => right === 1).map(({ total }) => total))!.mean;
  const sd = totals.sd * Math.sqrt((n - 1) / n);
  const value = ((ofRight - totals.mean) / sd) * Math.sqrt(share / (1 - share));
  return { value: Math.min(1, Math.max(-1, value)), n, correct, reason: null };
}

/** Groups of two or more whose totals are all equal. Null where there is no such group at all. */
export function flatGroups(groups: readonly (readonly Scored[])[]): SuiteSpread['flatGroups'] {
  const measured = groups
    .map((group) => group.flatMap(({ total }) => (total === null ? [] : [total])))
    .filter((totals) => totals.length > 1);
  if (measured.length === 0) return null;
  // No spread of arguments: a group may hold a whole set.
  const flat = measured.filter((totals) =>
    totals.every((total) => Math.abs(total - totals[0]!) < EPSILON),
  ).length;
  return { flat, groups: measured.length };
}

/** For each value its place from 0 (lowest) to 1; equal values share the middle of their places. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const places = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to += 1;
    const place = values.length > 1 ? (from + to - 1) / 2 / (values.length - 1) : 0.5;
    for (; from < to; from += 1) places[order[from]!] = place;
  }
  return places;
}
