// "Did you mean --limit?": the known word that a person most likely meant. Used wherever the command line refuses a word.

/** A sentence with the nearest known word, or an empty text when none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const found = nearest(word, known);
  return found === undefined ? '' : `Did you mean ${found}? `;
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const bare = (text: string) => text.replace(/^-+/, '').toLowerCase();
  const wanted = bare(word);
  if (wanted === '') return undefined;
  const scored = known.map((option) => ({ option, far: distance(wanted, bare(option)) }));
  const best = scored.sort((a, b) => a.far - b.far)[0];
  if (best && best.far <= Math.max(1, Math.floor(wanted.length / 3))) return best.option;
  return known.find((option) => wanted.length >= 2 && bare(option).startsWith(wanted));
}

/** Edits that turn one word into the other: insert, delete, replace, or swap two neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  rows[0] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]![j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + same,
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  return at(a.length, b.length);
}
