// How much of a text is copied: the share of its words that stand in runs taken from a source. Used for summaries, for the
// prompt's worked example and for answers that only repeat the question.
import { GramSet, gramsOf } from './gram-set.ts';
import type { WordList } from './word-list.ts';

/** Shorter runs are shared by chance. */
const RUN = 4;

/** All runs of the sources, to be looked up many times. */
export function runsOf(...sources: readonly WordList[]): GramSet {
  const set = new GramSet(sources.reduce((sum, source) => sum + source.count, 0));
  for (const source of sources) {
    const grams = gramsOf(source, RUN);
    for (let at = 0; at + RUN <= source.count; at++) set.add(grams[at]!);
  }
  return set;
}

/**
 * Share of the words [from, to) inside runs of at least four words that stand in the source: the coverage of extractive
 * fragments of Grusky et al. 2018 (arXiv 1804.11283), without the runs that are too short to be copying. Where it cannot
 * exceed `limit` any more, the count stops and what was found so far is returned.
 */
export function copiedShare(runs: GramSet, words: WordList, from = 0, to = words.count, limit = 0): number {
  const grams = gramsOf(words, RUN);
  const total = to - from;
  let copied = 0;
  let covered = from;
  for (let at = from; ; at++) {
    // A run that starts later cannot lift the share over the limit any more.
    const useful = Math.min(to - RUN + 1, to + copied - limit * total);
    at = runs.firstOf(grams, at, useful);
    if (at >= useful) break;
    copied += at + RUN - Math.max(at, covered);
    covered = at + RUN;
  }
  return total > 0 ? copied / total : 0;
}
