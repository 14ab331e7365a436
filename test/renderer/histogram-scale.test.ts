// Distributions on one axis: equal areas, round ticks, heaps of equal points; and where the parts of a total lie.
import { describe, expect, it } from 'vitest';
import { axisTicks, barsOn, densestOf, heapsOf, sharedScale } from '../../renderer/ui/histogram-scale.ts';
import { slicesOn } from '../../renderer/ui/total-slices.ts';

const narrow = { min: 0, max: 1, counts: [1, 3] };
const wide = { min: -3, max: 9, counts: [0, 2, 2, 0] };

describe('two distributions on one axis', () => {
  const scale = sharedScale([narrow, wide]);

  it('share one that holds both and zero', () => {
    expect(scale).toEqual({ from: -3, to: 9 });
    expect(sharedScale([{ min: 2, max: 5 }])).toEqual({ from: 0, to: 5 });
    expect(sharedScale([{ min: 0, max: 0 }])).toEqual({ from: 0, to: 1 });
  });

  it('have the same area, however wide their bins are', () => {
    const densest = densestOf([narrow, wide]);
    const area = (bars: { width: number; height: number }[]) =>
      bars.reduce((sum, { width, height }) => sum + width * height, 0);
    const [a, b] = [barsOn(narrow, scale, densest), barsOn(wide, scale, densest)];
    expect(area(a)).toBeCloseTo(area(b));
    expect(Math.max(...[...a, ...b].map(({ height }) => height))).toBe(1);
  });

  it('put each bin where its values are', () => {
    const bars = barsOn(wide, scale, densestOf([wide]));
    expect(bars.map(({ low, high, from }) => [low, high, from])).toEqual([
      [-3, 0, 0],
      [0, 3, 0.25],
      [3, 6, 0.5],
      [6, 9, 0.75],
    ]);
  });

  it('draw nothing where nothing was counted', () => {
    expect(barsOn({ min: 0, max: 1, counts: [0, 0] }, scale, 0).map(({ height }) => height)).toEqual([0, 0]);
  });
});

it('an axis is named at round values', () => {
  expect(axisTicks({ from: -3.5, to: 9.5 })).toEqual([-2, 0, 2, 4, 6, 8]);
  expect(axisTicks({ from: 0, to: 1 }, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
});

it('points on each other are one heap with their count, the largest first', () => {
  const point = (x: number, group: string) => ({ x, y: 1, group });
  const heaps = heapsOf([point(2, 'bad'), point(1, 'good'), point(1, 'good'), point(1, 'bad')]);
  expect(heaps.map(({ x, group, count }) => [x, group, count])).toEqual([
    [1, 'good', 2],
    [2, 'bad', 1],
    [1, 'bad', 1],
  ]);
});

describe('the bar of a total', () => {
  const part = (id: string, earned: number) => ({ id, earned, color: '' });

  it('stacks gains to the right of zero and losses to the left', () => {
    const { slices, zero, at } = slicesOn([part('a', 2), part('b', -1), part('c', 1)], -2, 6, 2);
    expect(zero).toBe(0.25);
    expect(at).toBe(0.5);
    expect(slices.map(({ id, from, width, lost }) => [id, from, width, lost])).toEqual([
      ['a', 0.25, 0.25, false],
      ['b', 0.125, 0.125, true],
      ['c', 0.5, 0.125, false],
    ]);
  });

  it('has no mark without a total, and no slice for what earned nothing', () => {
    expect(slicesOn([part('a', 0)], 0, 0, null)).toEqual({ slices: [], zero: 0, at: null });
  });
});
