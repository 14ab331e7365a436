// What the mark of a run's best adapter says. Used by the card of what was published and by the menu of adapters.
import type { RunArtifact } from '../../core/contract/run-views.ts';

/** Where an adapter was never asked, as the final one of a run that was stopped, it may be better than the best. */
export function bestInWords(artifacts: readonly RunArtifact[]): string {
  const mayBeBetter = artifacts.some(
    ({ kind, score, state }) =>
      kind === 'lora-adapter' && score === null && state !== 'refused' && state !== 'gone',
  );
  return mayBeBetter ? 'best of those examined' : 'best so far';
}
