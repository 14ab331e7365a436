// What a run is called where nobody has named it: what it does, on what, and by which seed; never as another run. Called by launch.ts.
import type { JobKind } from '../contract/job-spec.ts';

interface Named {
  kind: JobKind;
  preset: string;
  suite: string | null;
  base: string;
  seed: number;
}

/** Runs that teach nothing say so. A base may have a name of any length, a run may not. */
const words: Partial<Record<JobKind, (run: Named) => string>> = {
  evaluate: ({ base, suite }) => `Evaluation of ${base}${suite ? ` by ${suite}` : ''}`,
  generate: ({ base, seed }) => `Answers of ${base} · seed ${seed}`,
  merge: ({ base }) => `Merge of ${base}`,
  export: ({ base }) => `Export of ${base}`,
};

/** `isTaken`: another run has that name. */
export function runName(run: Named, isTaken: (name: string) => boolean): string {
  const short = { ...run, base: run.base.slice(0, 100), suite: run.suite?.slice(0, 60) ?? null };
  const name =
    words[run.kind]?.(short) ??
    `${short.suite ?? run.preset.slice(0, 60)} on ${short.base} · seed ${run.seed}`;
  if (!isTaken(name)) return name;
  let number = 2;
  while (isTaken(`${name} · ${number}`)) number += 1;
  return `${name} · ${number}`;
}
