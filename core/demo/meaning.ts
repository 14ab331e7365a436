// What the demo's numbers mean, in words. Used by the demo and its report.
import type { Comparison } from '../contract/comparisons.ts';

/** What the numbers mean and what they do not; measured values only. */
export function meaningOf(c: Comparison): string {
  const percent = (x: number) => `${(x * 100).toFixed(0)} %`;
  return (
    `GRPO made thinking first the habit: ${percent(c.right.format.share)} of the held-out answers now reason in the four steps before answering ` +
    `(${percent(c.left.format.share)} before), and being right follows from that (${percent(c.left.accuracy.share)} → ${percent(c.right.accuracy.share)}). ` +
    'It taught no new facts: the base could already think in steps, it just rarely did.'
  );
}
