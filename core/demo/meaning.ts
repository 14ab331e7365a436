// What the demo's numbers mean, in words. Used by the demo and its report.
import type { Comparison } from '../contract/comparisons.ts';

/** What the numbers mean and what they do not; measured values only. Praise only where the interval is above zero. */
export function meaningOf(c: Comparison): string {
  const percent = (x: number) => `${(x * 100).toFixed(0)} %`;
  const format = [percent(c.left.format.share), percent(c.right.format.share)];
  const accuracy = [percent(c.left.accuracy.share), percent(c.right.accuracy.share)];
  if (c.difference.low <= 0 || c.right.format.share <= c.left.format.share)
    return (
      `This run does not show that thinking first became the habit: ${format[1]} of the held-out answers reason in the four steps ` +
      `(${format[0]} before), and the share of right answers went from ${accuracy[0]} to ${accuracy[1]}.`
    );
  return (
    `GRPO made thinking first the habit: ${format[1]} of the held-out answers now reason in the four steps before answering ` +
    `(${format[0]} before), and being right follows from that (${accuracy[0]} → ${accuracy[1]}). ` +
    'It taught no new facts: the base could already think in steps, it just rarely did.'
  );
}
