// How much of a text is copied: the share of its words that stand in runs taken from a source. Used for summaries, for the
// prompt's worked example and for answers that only repeat the question.
import { GramSet, gramsOf } from './gram-set.ts';
import type { WordList } from './word-list.ts';

/** Shorter runs are shared by chance. */
const RUN = 4;

/** All runs of a source, to be looked up many times. */
export function runsOf(source: WordList): GramSet {
  const grams = gramsOf(source, RUN);
  const set = new GramSet(source.count);
  for (let at = 0; at + RUN <= source.count; at++) set.add(grams[at]!);
  return set;
}

/**
 * Share of the words [from, to) inside runs of at least four words that stand in the source: the coverage of extractive
 * fragments of Grusky et al. 2018 (arXiv 1804.11283), without the runs that are too short to be copying. Where it cannot
 * exceed `limit` any more, the count stops and what was found so far is returned.
 */
export function copiedShare(runs: GramSet, words: WordList, from = 0, to = words.count, limit = 0): number {
  const grams = gramsOf(words, RUN);
  let copied = 0;
  let covered = from;
  for (let at = from; at + RUN <= to; at++) {
    if (!runs.has(grams[at]!)) {
      if (copied + to - Math.max(at + 1, covered) <= limit * (to - from)) break;
      continue;
    }
    copied += at + RUN - Math.max(at, covered);
    covered = at + RUN;
  }
  return to > from ? copied / (to - from) : 0;
}
