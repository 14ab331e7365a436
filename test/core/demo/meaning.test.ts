// What the demo says of its numbers: no praise that they do not carry.
import { expect, it } from 'vitest';
import type { Comparison } from '../../../core/contract/comparisons.ts';
import { meaningOf } from '../../../core/demo/meaning.ts';
import { pairedDifference, proportion } from '../../../core/evals/statistics.ts';

function compared(gained: number, lost: number, format: readonly [number, number]): Comparison {
  const pairs = { bothRight: 80, gained, lost, bothWrong: 220 - gained - lost };
  const side = (name: string, right: number, strict: number) => ({
    ...{ id: name, name, meanTokens: 60 },
    ...{ accuracy: proportion(right, 300), format: proportion(strict, 300) },
  });
  return {
    left: side('base', 80 + lost, format[0]),
    right: side('adapter', 80 + gained, format[1]),
    ...{ n: 300, ...pairs, pValue: 1, byDomain: [], cautions: [] },
    difference: pairedDifference(pairs),
  };
}

it('says that the habit was learned where the interval is above zero', () => {
  const text = meaningOf(compared(150, 5, [80, 299]));
  expect(text).toMatch(/^GRPO made thinking first the habit: 100 %.*27 % before/);
});

it.each([
  ['as many were lost as gained', 20, 20, [80, 299]],
  ['it got worse', 5, 60, [80, 299]],
  ['the form is no more frequent', 60, 5, [80, 80]],
] as const)('does not say so where %s', (_, gained, lost, format) => {
  const text = meaningOf(compared(gained, lost, format));
  expect(text).toMatch(/does not show/);
  expect(text).not.toMatch(/made thinking first the habit/);
});
