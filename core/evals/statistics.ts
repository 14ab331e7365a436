// The few statistics that evaluations and comparisons show: intervals of shares, paired tests. No library has them right and together.
// z is for 95 %. Every function here is held against published or independently computed values by tests.

/** 97.5 % point of the standard normal distribution. */
const Z = 1.959963984540054;

export interface Interval {
  low: number;
  high: number;
}

export interface Share extends Interval {
  count: number;
  n: number;
  share: number;
}

/** Wilson's score interval (Wilson 1927), 95 %. For n = 0 nothing is known: [0, 1]. */
export function wilson(count: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const p = count / n;
  const centre = p + (Z * Z) / (2 * n);
  const spread = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  const scale = 1 + (Z * Z) / n;
  return {
    low: count === 0 ? 0 : Math.max(0, (centre - spread) / scale),
    high: count === n ? 1 : Math.min(1, (centre + spread) / scale),
  };
}

/** A share with its interval, as the contract shows it. */
export function proportion(count: number, n: number): Share {
  return { count, n, share: n === 0 ? 0 : count / n, ...wilson(count, n) };
}

/**
 * Exact McNemar test, two-sided: the chance of a split of the discordant pairs at least as uneven as gained : lost
 * when both are equally likely. 1 when there is no discordant pair.
 */
export function mcnemar(gained: number, lost: number): number {
  const n = gained + lost;
  if (n === 0 || gained === lost) return 1;
  const fewer = Math.min(gained, lost);
  // Σ C(n, i) / 2^n for i ≤ fewer, from the largest term down, each a ratio of the one before: no overflow for any n.
  let term = 1;
  let sum = 1;
  for (let i = fewer; i > 0; i--) {
    term *= i / (n - i + 1);
    sum += term;
    if (term < sum * 1e-18) break;
  }
  const largest = logChoose(n, fewer) - n * Math.LN2;
  return Math.min(1, 2 * Math.exp(largest + Math.log(sum)));
}

/** Holm's step-down adjustment (Holm 1979) of p values that are read together, in their order: each is at most alpha where its test rejects. */
export function holm(pValues: readonly number[]): number[] {
  const adjusted: number[] = new Array(pValues.length);
  let largest = 0;
  for (const [done, i] of [...pValues.keys()].toSorted((i, j) => pValues[i]! - pValues[j]!).entries()) {
    largest = Math.max(largest, Math.min(1, pValues[i]! * (pValues.length - done)));
    adjusted[i] = largest;
  }
  return adjusted;
}

/**
 * 95 % interval of the paired difference (right minus left): Newcombe 1998 (Statistics in Medicine 17, 2635-2650),
 * method 10: Wilson's limits of both shares, joined by the correlation of the pairs with its continuity correction.
 */
export function pairedDifference(pairs: {
  bothRight: number;
  gained: number;
  lost: number;
  bothWrong: number;
}): { value: number } & Interval {
  const { bothRight: a, gained, lost, bothWrong: d } = pairs;
  const n = a + gained + lost + d;
  if (n === 0) return { value: 0, low: -1, high: 1 };
  const [right, left] = [(a + gained) / n, (a + lost) / n];
  const [r, l] = [wilson(a + gained, n), wilson(a + lost, n)];
  const phi = correlation(a, gained, lost, d, n);
  const value = (gained - lost) / n;
  const join = (x: number, y: number) => Math.sqrt(Math.max(0, x * x - 2 * phi * x * y + y * y));
  return {
    value,
    low: Math.max(-1, value - join(right - r.low, l.high - left)),
    high: Math.min(1, value + join(r.high - right, left - l.low)),
  };
}

const RESAMPLES = 4000;

/**
 * 95 % percentile bootstrap interval of a mean (Efron 1979), for scores that no distribution describes; differences of pairs
 * too. The draws are the same each time. For no values nothing is known: 0 within [-1, 1].
 */
export function meanInterval(values: readonly number[]): { value: number } & Interval {
  const n = values.length;
  if (n === 0) return { value: 0, low: -1, high: 1 };
  const random = draws(n);
  const means = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += values[random()]!;
    means[i] = sum / n;
  }
  means.sort();
  return {
    value: values.reduce((sum, value) => sum + value, 0) / n,
    low: means[Math.floor(0.025 * RESAMPLES)]!,
    high: means[Math.ceil(0.975 * RESAMPLES) - 1]!,
  };
}

/** Indices below `n`, evenly drawn: the upper bits of a 32-bit linear congruential generator (Numerical Recipes). */
function draws(n: number): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function correlation(a: number, b: number, c: number, d: number, n: number): number {
  const margins = (a + b) * (c + d) * (a + c) * (b + d);
  if (margins === 0) return 0;
  const excess = a * d - b * c;
  return (excess > 0 ? Math.max(0, excess - n / 2) : excess) / Math.sqrt(margins);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Stirling's series, exact to double precision from 16 on; below, the product itself. */
function logFactorial(n: number): number {
  if (n < 16) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  const x = n + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5) - 1 / (1680 * x ** 7);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
