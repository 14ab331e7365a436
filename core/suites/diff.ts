// What differs between two suites, field by field. Used by suites.ts.
import type { Suite, SuitePart } from '../contract/reward.ts';
import type { SuiteChange } from '../contract/rewards.ts';
import { canonicalJson } from '../rewards/suite-identity.ts';

/** The structure first, then the parts in the order of the left suite, then what the right one adds, then their order. */
export function diffSuites(left: Suite, right: Suite): SuiteChange[] {
  const changes = changed(null, 'structure', left.structure, right.structure);
  for (const part of left.parts) {
    const other = right.parts.find(({ id }) => id === part.id);
    if (other) changes.push(...diffPart(part, other));
    else changes.push({ change: 'removed', part: part.id, field: null, left: part, right: null });
  }
  for (const part of right.parts)
    if (!left.parts.some(({ id }) => id === part.id))
      changes.push({ change: 'added', part: part.id, field: null, left: null, right: part });
  const shared = (parts: readonly SuitePart[], others: readonly SuitePart[]) =>
    parts.map(({ id }) => id).filter((id) => others.some((other) => other.id === id));
  const [before, after] = [shared(left.parts, right.parts), shared(right.parts, left.parts)];
  return [...changes, ...changed(null, 'order', before, after)];
}

function diffPart(left: SuitePart, right: SuitePart): SuiteChange[] {
  return [
    ...changed(left.id, 'fn', left.fn, right.fn),
    ...changed(left.id, 'weight', left.weight, right.weight),
    ...diffFields(left.id, 'params', left.params ?? {}, right.params ?? {}),
    ...diffFields(left.id, 'when', left.when ?? {}, right.when ?? {}),
  ];
}

function diffFields(
  part: string,
  group: string,
  left: Readonly<Record<string, unknown>>,
  right: Readonly<Record<string, unknown>>,
): SuiteChange[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((name) =>
    changed(part, `${group}.${name}`, left[name], right[name]),
  );
}

/** Nothing, or one change. A parameter that is not given has its default; that is told as null. */
function changed(
  part: string | null,
  field: string,
  left: unknown = null,
  right: unknown = null,
): SuiteChange[] {
  if (canonicalJson(left) === canonicalJson(right)) return [];
  return [{ change: 'changed', part, field, left, right }];
}
