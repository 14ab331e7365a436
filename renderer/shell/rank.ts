// How well an entry of the palette fits what was typed. Pure; used by palette.tsx.

/** From best to worst. What fits in no way is not shown. */
const GRADES = { titleStart: 1, wordStart: 0.8, inTitle: 0.6, otherWord: 0.4, nothing: 0 } as const;

/**
 * 0 … 1: the title's beginning first, then the beginning of one of its words, then any part of it, then the beginning of another
 * word that finds it. Several words must all fit; the worst of them counts.
 */
export function rankOf(typed: string, title: string, otherWords: readonly string[] = []): number {
  const low = title.toLowerCase();
  const wanted = typed.toLowerCase().trim();
  if (low.startsWith(wanted)) return GRADES.titleStart;
  const starts = low.split(/[^\p{L}\p{N}]+/u);
  const others = otherWords.map((word) => word.toLowerCase());
  const grade = (word: string): number => {
    if (starts.some((start) => start.startsWith(word))) return GRADES.wordStart;
    if (low.includes(word)) return GRADES.inTitle;
    return others.some((other) => other.startsWith(word)) ? GRADES.otherWord : GRADES.nothing;
  };
  return Math.min(...wanted.split(/\s+/).map(grade));
}
