// How a person names the questions of a run, "gsm8k:train", and how many rows of them, "gsm8k:train=500": one rule for core and window.

export interface NamedSource {
  /** An id, a data set, `dataset:split` or `dataset:config:split`. */
  name: string;
  /** So many rows are drawn; null means all. */
  count: number | null;
}

/** A count that is none stays in the name, where `countProblem` finds it. */
export function readSource(text: string): NamedSource {
  const [, name = text, count] = /^(.*)=(\d+)$/.exec(text) ?? [];
  return { name, count: count === undefined ? null : Number(count) };
}

/** What is wrong with the count of a source, "gsm8k:train=-3", in a sentence; null for one that has a count, or takes all. */
export function countProblem(name: string): string | null {
  const [, source, count] = /^(.*)=(.*)$/.exec(name) ?? [];
  return count === undefined
    ? null
    : `"${count}" of "${name}" is no number of rows: a whole number, 1 or more. "${source}" alone takes all.`;
}

/** Why a run that leaves out what is too long has nothing left of its questions: said before it is made, and when it is. */
export function allTooLong(rows: number, name: string): string {
  return rows === 1 ? `The only row of ${name} is too long.` : `All ${rows} rows of ${name} are too long.`;
}

export function sourceText({ name, count }: NamedSource): string {
  return count === null ? name : `${name}=${count}`;
}

/** The sources that a name fits: the one of that id, else all of that data set, configuration and split. */
export function sourcesNamed<S extends { id: string; dataset: string; config: string; split: string }>(
  sources: readonly S[],
  name: string,
): S[] {
  const exact = sources.find(({ id }) => id === name);
  if (exact) return [exact];
  return sources.filter(({ dataset, config, split }) =>
    [dataset, `${dataset}:${split}`, `${dataset}:${config}:${split}`].includes(name),
  );
}
