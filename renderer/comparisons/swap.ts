// Where the row in front lies once left and right have changed places. Pure; used by comparison-view.tsx.
import type { Comparison, Outcome } from '../../core/contract/comparisons.ts';

/** Seen from the other side, what was gained was lost. */
export function swapOutcome(outcome: Outcome): Outcome {
  if (outcome === 'gained') return 'lost';
  return outcome === 'lost' ? 'gained' : outcome;
}

/** Lost rows lead the list and gained ones follow: swapped, the two blocks trade places and the order in them stays. */
export function swapIndex(
  index: number,
  { lost, gained }: Pick<Comparison['byDomain'][number], 'lost' | 'gained'>,
): number {
  if (index < lost) return index + gained;
  return index < lost + gained ? index - lost : index;
}
