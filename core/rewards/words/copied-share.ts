// How much of a text is copied: the share of its words that stand in runs taken from a source. Used for summaries, for the
// prompt's worked example and for answers that only repeat the question.
import { type GramSet, gramAt, gramsOf } from './gram-set.ts';
import { findWords, type WordList } from './word-list.ts';

/** Shorter runs are shared by chance. */
export const RUN = 4;

/** All runs of a source, to be looked up many times. */
export function runsOf(source: string): GramSet {
  return gramsOf(findWords(source), RUN);
}

/**
 * Share of the words [from, to) inside runs of at least four words that stand in the source: the coverage of extractive
 * fragments of Grusky et al. 2018 (arXiv 1804.11283), without the runs that are too short to be copying.
 */
export function copiedShare(runs: GramSet, words: WordList, from = 0, to = words.count): number {
  let copied = 0;
  let covered = from;
  for (let at = from; at + RUN <= to; at++) {
    if (!runs.has(gramAt(words.hashes, at, RUN))) continue;
    copied += at + RUN - Math.max(at, covered);
    covered = at + RUN;
  }
  return to > from ? copied / (to - from) : 0;
}
