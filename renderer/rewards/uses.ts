// What of the lab was scored by a suite, in words.
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { joinPieces, plural } from '../ui/format.ts';

export function usesInWords({ evaluations, runs }: SuiteInfo['uses']): string {
  const words = joinPieces(
    evaluations > 0 && plural(evaluations, 'evaluation'),
    runs > 0 && plural(runs, 'run'),
  );
  return words || 'nothing scored by it yet';
}
