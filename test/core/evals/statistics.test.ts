// The statistics against published values and against scipy.
import { describe, expect, it } from 'vitest';
import {
  holm,
  mcnemar,
  meanInterval,
  pairedDifference,
  proportion,
  wilson,
} from '../../../core/evals/statistics.ts';

describe('Wilson interval', () => {
  // scipy 1.17.1: binomtest(k, n).proportion_ci(method='wilson')
  it.each([
    [0, 10, 0, 0.27753279986288926],
    [1, 10, 0.017876213095072896, 0.4041500267952385],
    [5, 10, 0.236593090512564, 0.7634069094874361],
    [82, 164, 0.42435704738802893, 0.5756429526119711],
    [131, 300, 0.3816939930978369, 0.4932407832572723],
    [1319, 1319, 0.9970960550146964, 1],
    [3, 100_000, 1.0202758544517341e-5, 8.82080492517673e-5],
  ])('of %i in %i', (count, n, low, high) => {
    const found = wilson(count, n);
    expect(found.low).toBeCloseTo(low, 12);
    expect(found.high).toBeCloseTo(high, 12);
  });

  it('knows nothing from nothing', () => {
    expect(proportion(0, 0)).toEqual({ count: 0, n: 0, share: 0, low: 0, high: 1 });
  });
});

describe('exact McNemar test', () => {
  // scipy 1.17.1: binomtest(lost, gained + lost, 0.5).pvalue
  it.each([
    [10, 0, 0.001953125],
    [3, 2, 1],
    [12, 5, 0.143463134765625],
    [25, 10, 0.016673847800120715],
    [55, 45, 0.36820161732669615],
    [501, 400, 0.0008541955361977202],
    [155, 13, 4.93623121705354e-32],
    [50_100, 49_900, 0.5291572940801981],
  ])('of %i gained and %i lost', (gained, lost, p) => {
    expect(mcnemar(gained, lost) / p).toBeCloseTo(1, 9);
    expect(mcnemar(lost, gained)).toBe(mcnemar(gained, lost));
  });

  it('is 1 without a discordant pair, and never above 1', () => {
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(7, 7)).toBe(1);
    expect(mcnemar(1, 0)).toBe(1);
  });

  it('falls as the split gets less even', () => {
    const values = Array.from({ length: 51 }, (_, lost) => mcnemar(100 - lost, lost));
    for (let i = 1; i < values.length; i++) expect(values[i]!).toBeGreaterThanOrEqual(values[i - 1]!);
  });
});

describe('paired difference, Newcombe method 10', () => {
  // Newcombe 1998, Statistics in Medicine 17, 2635-2650, table II: (36, 12, 2, 0) and (20, 12, 2, 16), to four digits.
  it.each([
    [{ bothRight: 36, gained: 12, lost: 2, bothWrong: 0 }, 0.2, 0.0569, 0.3404],
    [{ bothRight: 20, gained: 12, lost: 2, bothWrong: 16 }, 0.2, 0.0562, 0.3292],
  ])('of %j', (pairs, value, low, high) => {
    const found = pairedDifference(pairs);
    expect(found.value).toBeCloseTo(value, 12);
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  it('turns around when the sides are exchanged', () => {
    const found = pairedDifference({ bothRight: 40, gained: 30, lost: 5, bothWrong: 25 });
    const mirrored = pairedDifference({ bothRight: 40, gained: 5, lost: 30, bothWrong: 25 });
    expect(mirrored.value).toBeCloseTo(-found.value, 12);
    expect(mirrored.low).toBeCloseTo(-found.high, 12);
    expect(mirrored.high).toBeCloseTo(-found.low, 12);
  });

  it('stays within what is possible at the edges', () => {
    const all = pairedDifference({ bothRight: 0, gained: 9, lost: 0, bothWrong: 0 });
    expect(all.value).toBe(1);
    expect(all.high).toBe(1);
    expect(all.low).toBeGreaterThan(0.4);
    const none = pairedDifference({ bothRight: 9, gained: 0, lost: 0, bothWrong: 0 });
    expect(none.low).toBeLessThan(0);
    expect(none.high).toBeGreaterThan(0);
  });
});

describe('meanInterval', () => {
  it('is close to the normal interval for many values, the same each time', () => {
    const values = Array.from({ length: 400 }, (_, i) => (i * 37) % 100);
    const { value, low, high } = meanInterval(values);
    expect(value).toBe(49.5);
    // 1.96 times 28.87 (the deviation of 0..99) by the root of 400.
    for (const half of [high - value, value - low]) expect(Math.abs(half - 2.83)).toBeLessThan(0.15);
    expect(meanInterval(values)).toEqual({ value, low, high });
  });

  it('follows the skew of the values, and knows nothing of none', () => {
    const skewed = [...Array(38).fill(0), 1, 1];
    const { value, low, high } = meanInterval(skewed);
    expect(low).toBe(0);
    expect(high - value).toBeGreaterThan(value - low);
    expect(meanInterval([0.5, 0.5])).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
    expect(meanInterval([])).toEqual({ value: 0, low: -1, high: 1 });
  });
});

it.each([
  // By R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"), and its ties and its cap at 1.
  [
    [0.01, 0.04, 0.03, 0.005],
    [0.03, 0.06, 0.06, 0.02],
  ],
  [
    [0.02, 0.02, 0.9],
    [0.06, 0.06, 0.9],
  ],
  [
    [0.6, 0.7],
    [1, 1],
  ],
  [[], []],
])('p values %j that are read together are adjusted by Holm', (given, adjusted) => {
  const found = holm(given);
  expect(found).toHaveLength(adjusted.length);
  for (const [i, p] of adjusted.entries()) expect(found[i]).toBeCloseTo(p, 12);
});
