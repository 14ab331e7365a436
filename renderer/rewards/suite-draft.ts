// A suite being written: which one it began from and how it stands now. Kept while the window lives; nothing is stored before
// it is saved. The changes are pure.
import { create } from 'zustand';
import type { Suite, SuitePart } from '../../core/contract/reward.ts';
import type { PartCatalogue, PartFunction, SuiteInfo } from '../../core/contract/rewards.ts';

interface DraftState {
  /** `name@version` that it began from; null: no draft. */
  base: string | null;
  suite: Suite | null;
}

export const useDraft = create<DraftState>(() => ({ base: null, suite: null }));

/** Goes on with the draft of this suite, or begins one. What ships keeps its name for itself. */
export function beginDraft(base: string, { suite, shipped }: Pick<SuiteInfo, 'suite' | 'shipped'>): void {
  if (useDraft.getState().base === base) return;
  const draft = structuredClone(suite);
  useDraft.setState({ base, suite: shipped ? { ...draft, name: `my-${draft.name}` } : draft });
}

export const dropDraft = () => useDraft.setState({ base: null, suite: null });
export const changeDraft = (change: (suite: Suite) => Suite) =>
  useDraft.setState(({ suite }) => (suite ? { suite: change(suite) } : {}));

export function withPart(suite: Suite, index: number, change: Partial<SuitePart>): Suite {
  return {
    ...suite,
    parts: suite.parts.map((part, i) => (i === index ? tidy({ ...part, ...change }) : part)),
  };
}

/** A parameter at its default is left out, so that a diff tells only what was chosen. */
export function withParam(suite: Suite, index: number, name: string, value: unknown, usual: unknown): Suite {
  const part = suite.parts[index];
  if (!part) return suite;
  const { [name]: _, ...others } = part.params ?? {};
  const same = JSON.stringify(value) === JSON.stringify(usual);
  return withPart(suite, index, { params: same ? others : { ...others, [name]: value } });
}

export function withoutPart(suite: Suite, index: number): Suite {
  return { ...suite, parts: suite.parts.filter((_, i) => i !== index) };
}

export function withMoved(suite: Suite, index: number, by: -1 | 1): Suite {
  const to = index + by;
  const parts = [...suite.parts];
  const [part] = parts.splice(index, 1);
  if (!part || to < 0 || to > parts.length) return suite;
  parts.splice(to, 0, part);
  return { ...suite, parts };
}

/** A new part of that function, under an id of its own. */
export function withAdded(suite: Suite, fn: string): Suite {
  const taken = new Set(suite.parts.map(({ id }) => id));
  let id = fn;
  for (let i = 2; taken.has(id); i++) id = `${fn}-${i}`;
  return { ...suite, parts: [...suite.parts, { id, fn, weight: 1 }] };
}

export function functionOf(catalogue: PartCatalogue | undefined, fn: string): PartFunction | undefined {
  return catalogue?.parts.find((each) => each.fn === fn);
}

/** Without fields that say nothing. */
function tidy({ params, when, ...part }: SuitePart): SuitePart {
  const tidied: SuitePart = part;
  if (params && Object.keys(params).length > 0) tidied.params = params;
  const conditions = Object.entries(when ?? {}).filter(([, list]) => (list as string[] | undefined)?.length);
  if (conditions.length > 0) tidied.when = Object.fromEntries(conditions) as NonNullable<SuitePart['when']>;
  return tidied;
}
