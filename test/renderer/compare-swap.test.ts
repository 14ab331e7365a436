// Swapping the sides of a comparison: the row in front stays in front.
import { expect, it } from 'vitest';
import type { Outcome } from '../../core/contract/comparisons.ts';
import { swapIndex, swapOutcome } from '../../renderer/comparisons/swap.ts';

/** As the core lists them: lost, gained, both wrong, both right; inside of a block in the order of the questions. */
const order: readonly Outcome[] = ['lost', 'gained', 'both-wrong', 'both-right'];
const listOf = (rows: readonly { id: number; outcome: Outcome }[]) =>
  [...rows].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome) || a.id - b.id);
const count = (rows: readonly { outcome: Outcome }[], outcome: Outcome) =>
  rows.filter((row) => row.outcome === outcome).length;

it.each([
  [['lost', 'gained', 'both-right', 'gained', 'both-wrong', 'lost', 'gained']],
  [['gained', 'both-wrong']],
  [['lost', 'lost', 'both-right']],
  [['both-wrong', 'both-right']],
] satisfies [Outcome[]][])('finds every row of %j again', (outcomes) => {
  const rows = outcomes.map((outcome, id) => ({ id, outcome }));
  const before = listOf(rows);
  const after = listOf(rows.map(({ id, outcome }) => ({ id, outcome: swapOutcome(outcome) })));
  const counts = { lost: count(rows, 'lost'), gained: count(rows, 'gained') };
  for (const [index, { id }] of before.entries()) expect(after[swapIndex(index, counts)]?.id).toBe(id);
});
