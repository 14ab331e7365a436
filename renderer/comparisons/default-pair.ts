// Which two evaluations to show when the address names none or one. Pure; used by compare-screen.tsx.
import type { Evaluation } from '../../core/contract/evals.ts';

/** Left is the base and right the adapter where both were measured on the same questions; what the address names comes first. */
export function defaultPair(
  done: readonly Evaluation[],
  leftId: string | undefined,
  rightId: string | undefined,
): { left: Evaluation | undefined; right: Evaluation | undefined } {
  const named = (id: string | undefined) => done.find((each) => each.id === id);
  const right = named(rightId) ?? partnerOf(named(leftId), done) ?? newestWithPartner(done);
  const left = named(leftId) ?? partnerOf(right, done);
  return { left, right };
}

/** Another evaluation on the same questions: rather one of the base alone when this has an adapter. */
function partnerOf(one: Evaluation | undefined, done: readonly Evaluation[]): Evaluation | undefined {
  if (!one) return undefined;
  const others = done.filter((each) => each.id !== one.id && each.sourceId === one.sourceId);
  return others.find((each) => (each.adapterId === null) !== (one.adapterId === null)) ?? others[0];
}

/** Rather one whose answers can be checked, of an adapter. */
function newestWithPartner(done: readonly Evaluation[]): Evaluation | undefined {
  const fit = done.filter((each) => partnerOf(each, done));
  const checked = fit.filter((each) => each.accuracy !== null);
  const found = checked.length > 0 ? checked : fit;
  return found.find((each) => each.adapterId !== null) ?? found[0];
}
