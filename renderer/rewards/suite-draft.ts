// Suites being written: which one each began from and how it stands now. Kept while the window lives; nothing is stored before
// it is saved. The changes are pure.
import { create } from 'zustand';
import type { Suite, SuitePart } from '../../core/contract/reward.ts';
import type { PartCatalogue, PartFunction, SuiteInfo } from '../../core/contract/rewards.ts';
import { tell } from '../ui/toast.tsx';

interface DraftState {
  /** By the `name@version` that each began from. */
  drafts: Readonly<Record<string, Suite>>;
  /** Which one is open. */
  base: string | null;
}

export const useDrafts = create<DraftState>(() => ({ drafts: {}, base: null }));

/** Goes on with the draft of this suite, or begins one. What ships keeps its name for itself. */
export function beginDraft(base: string, { suite, shipped }: Pick<SuiteInfo, 'suite' | 'shipped'>): void {
  const fresh = structuredClone(suite);
  useDrafts.setState(({ drafts }) => ({
    base,
    drafts: {
      ...drafts,
      [base]: drafts[base] ?? (shipped ? { ...fresh, name: `my-${fresh.name}` } : fresh),
    },
  }));
}

export const dropDraft = (base: string) =>
  useDrafts.setState(({ drafts: { [base]: _, ...drafts } }) => ({ drafts }));

export const changeDraft = (change: (suite: Suite) => Suite) =>
  useDrafts.setState(({ base, drafts }) => {
    const suite = base === null ? undefined : drafts[base];
    return base !== null && suite ? { drafts: { ...drafts, [base]: change(suite) } } : {};
  });

/** Whether anything was written: a look into the editor is no draft yet. */
export function isChanged(draft: Suite, base: Pick<SuiteInfo, 'suite' | 'shipped'>): boolean {
  const name = base.shipped ? `my-${base.suite.name}` : base.suite.name;
  return JSON.stringify(draft) !== JSON.stringify({ ...base.suite, name });
}

/** Does what loses something of a draft, and says how it comes back. */
export function losing(title: string, lose: () => void): void {
  const before = useDrafts.getState();
  lose();
  tell({ title, act: { title: 'Undo', run: () => useDrafts.setState(before) } });
}

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
