// Evaluations as a matrix: grouped by the questions they answered, with one column per domain. Pure; used by evaluation-list.tsx.
import type { Evaluation } from '../../core/contract/evals.ts';

export interface EvaluationGroup {
  sourceId: string;
  domains: string[];
  evaluations: Evaluation[];
  /** The best finished accuracy, when there is more than one to choose from. */
  bestId: string | null;
}

/** Groups in the order of their newest evaluation; inside of a group oldest first, so that a base stands above its adapters. */
export function groupEvaluations(evaluations: readonly Evaluation[]): EvaluationGroup[] {
  const bySource = new Map<string, Evaluation[]>();
  for (const each of evaluations) bySource.set(each.sourceId, [...(bySource.get(each.sourceId) ?? []), each]);
  return [...bySource].map(([sourceId, members]) => {
    const ordered = [...members].sort((a, b) => a.createdAt - b.createdAt);
    const finished = ordered.filter((each) => each.state === 'done' && each.accuracy !== null);
    const best = finished.reduce<Evaluation | null>(
      (top, each) => (top === null || (each.accuracy?.share ?? 0) > (top.accuracy?.share ?? 0) ? each : top),
      null,
    );
    return {
      sourceId,
      domains: [...new Set(ordered.flatMap((each) => each.byDomain.map((part) => part.domain)))].sort(),
      evaluations: ordered,
      bestId: finished.length > 1 ? (best?.id ?? null) : null,
    };
  });
}

/** Toggles one of at most two chosen ids; a third pushes out the first. */
export function choosePair(chosen: readonly string[], id: string): string[] {
  if (chosen.includes(id)) return chosen.filter((each) => each !== id);
  return [...chosen, id].slice(-2);
}
