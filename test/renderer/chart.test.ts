// Curves: smoothing, alignment of series, ticks, and the numbers behind a chart.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvOf, lastValue, plotOf, summaryOf } from '../../renderer/ui/chart-data.ts';
import { formatTick, roundUp, stepTicks, valueRange, valueTicks } from '../../renderer/ui/chart-scale.ts';
import { smooth, smoothParts } from '../../renderer/ui/smooth.ts';

describe('smoothing', () => {
  it('starts at the first point and leaves a constant alone', () => {
    expect(smooth([4, 4, 4], 0.9)).toEqual([4, 4, 4].map((v) => expect.closeTo(v, 12)));
    expect(smooth([2, 0, 0], 0.5)[0]).toBe(2);
  });

  it('is the weighted mean of the past', () => {
    // Weights 0.25, 0.5 and 1 over 1.75 for a weight of one half.
    expect(smooth([1, 2, 4], 0.5)[2]).toBeCloseTo((0.25 * 1 + 0.5 * 2 + 1 * 4) / 1.75, 12);
  });

  it('keeps gaps as gaps and is not pulled by them', () => {
    expect(smooth([3, null, 3, Number.NaN, 3], 0.8)).toEqual([
      3,
      null,
      expect.closeTo(3, 12),
      null,
      expect.closeTo(3, 12),
    ]);
  });

  it('begins anew where something new begins', () => {
    expect(smoothParts([0, 0, 8, 8], 0.9, [2])).toEqual([0, 0, expect.closeTo(8, 12), expect.closeTo(8, 12)]);
    expect(smoothParts([1, 2], 0.5, [])).toEqual(smooth([1, 2], 0.5));
  });

  it('never leaves the range of the values', () => {
    const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 0.99, noNaN: true }), (points, weight) => {
        for (const value of smooth(points, weight)) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...points) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...points) + 1e-9);
        }
      }),
    );
  });
});

const series = [
  { id: 'a', title: 'total', color: 'c', steps: [1, 2, 4], values: [1, null, 3], smoothing: 0.5 },
  { id: 'b', title: 'part, "odd"', color: 'c', steps: [2, 3], values: [5, Number.POSITIVE_INFINITY] },
];

describe('a plot', () => {
  it('aligns series on all steps; what a series lacks is a gap', () => {
    const plot = plotOf(series);
    expect(plot.steps).toEqual([1, 2, 3, 4]);
    expect(plot.raw).toEqual([
      [1, null, null, 3],
      [null, 5, null, null],
    ]);
    expect(plot.shown[0]?.[3]).toBeCloseTo((0.5 * 1 + 1 * 3) / 1.5, 12);
    expect(lastValue(plot.raw[1] ?? [])).toBe(5);
  });

  it('is told in words, one point as one', () => {
    const told = (...values: number[]) => {
      const one = { id: 'a', title: 'total', color: 'c', steps: values.map((_, i) => i + 1), values };
      return summaryOf([one], plotOf([one]), String);
    };
    expect(told(3)).toBe('1 point; last values: total 3.');
    expect(told(3, 4)).toBe('2 points; last values: total 4.');
  });

  it('keeps an opening after the step of its number, though another series has only one of them', () => {
    const [a, b] = [
      { id: 'a', title: 'a', color: 'c' },
      { id: 'b', title: 'b', color: 'c' },
    ];
    const plot = plotOf([
      { ...a, steps: [40, 60, 60, 80], values: [1, 2, 3, 4], starts: [2], openings: [2] },
      { ...b, steps: [60, 80], values: [5, 6], openings: [0] },
    ]);
    expect(plot.steps).toEqual([40, 60, 60, 80]);
    expect(plot.openings).toEqual([false, false, true, false]);
    expect(plot.raw).toEqual([
      [1, 2, 3, 4],
      [null, null, 5, 6],
    ]);
  });

  it('is exported as measured, not as drawn', () => {
    expect(csvOf(series, 'step')).toBe('step,total,"part, ""odd"""\n1,1,\n2,,5\n3,,\n4,3,\n');
  });
});

describe('axes', () => {
  it('end at round numbers', () => {
    expect([0.073, 112, 4.5, 1, 0].map(roundUp)).toEqual([0.08, 150, 5, 1, 1]);
    expect(valueRange(0.2, 3.9, [null, 4.5])).toEqual([0, 4.5]);
    expect(valueRange(-0.7, 3.9, undefined)).toEqual([-0.8, 4]);
    expect(valueRange(null, null, undefined)).toEqual([0, 1]);
    expect(valueRange(0, 0, undefined)).toEqual([0, 1]);
  });

  it('show zero where they cross it and never two ticks on top of each other', () => {
    expect(valueTicks([0, 4.5])).toEqual([0, 2.25, 4.5]);
    expect(valueTicks([-1, 4])).toEqual([0, 2, 4]);
    expect(valueTicks([-2, 4])).toEqual([-2, 0, 4]);
    expect(valueTicks([-0.04, 4.5])).toEqual([0, 2.25, 4.5]);
  });

  it('count steps in whole round numbers from end to end', () => {
    expect(stepTicks([0, 60], 0.3)).toEqual([0, 20, 40, 60]);
    expect(stepTicks([0, 60], 0.15)).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(stepTicks([0, 8], 0.25)).toEqual([0, 2, 4, 6, 8]);
    expect(stepTicks([0, 7], 0.4)).toEqual([0, 3, 7]);
    expect(stepTicks([1, 7], 0.6)).toEqual([1, 7]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 100_000 }), (from, length) => {
        const ticks = stepTicks([from, from + length], 0.2);
        expect(ticks[0]).toBe(from);
        expect(ticks.at(-1)).toBe(from + length);
        ticks.slice(1).forEach((tick, i) => {
          expect(tick).toBeGreaterThan(ticks[i] as number);
        });
      }),
    );
  });

  it('print no needless zeros', () => {
    expect([4.5, 2.25, 0, -0.5, 150, 2.5e-6].map(formatTick)).toEqual([
      '4.5',
      '2.25',
      '0',
      '−0.5',
      '150',
      '2.5e−6',
    ]);
  });
});
