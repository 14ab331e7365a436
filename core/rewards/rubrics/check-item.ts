// Decides a rubric criterion that is computed. Used by the rubric part.
import type { Row } from '../../contract/row.ts';
import { copiedShare } from '../words/copied-share.ts';
import { repeatedShare } from '../words/gram-set.ts';
import { functionShares } from '../words/languages.ts';
import { rouge } from '../words/rouge.ts';
import { topicOf, topicShare } from '../words/topic.ts';
import { findWords } from '../words/word-list.ts';
import type { Check } from './rubric.ts';

/** Null when the row lacks what the predicate compares with: the item then leaves the sum. */
export function meets(check: Check, answer: string, row: Row): boolean | null {
  switch (check.predicate) {
    case 'words':
      return between(findWords(answer).count, check);
    case 'sentences':
      return between(countSentences(answer), check);
    case 'contains':
      return contains(answer.toLowerCase(), check);
    case 'avoids': {
      const lower = answer.toLowerCase();
      return !check.texts.some((text) => lower.includes(text.toLowerCase()));
    }
    case 'on-topic': {
      const share = topicShare(topicOf(row), findWords(answer));
      return share === null ? null : share >= check.min;
    }
    case 'own-words':
      return copiedShare(topicOf(row).runs, findWords(answer)) <= check.maxCopied;
    case 'prose':
      return Math.max(...functionShares(findWords(answer))) >= check.min;
    case 'not-repetitive':
      return repeatedShare(findWords(answer), 3) <= check.maxRepeated;
    case 'rouge': {
      const reference = row.verifier && 'rubricId' in row.verifier ? row.verifier.reference : undefined;
      return reference === undefined ? null : rouge(check.metric, reference, answer).fmeasure >= check.min;
    }
  }
}

function between(
  count: number,
  { min = 0, max = Number.POSITIVE_INFINITY }: { min?: number; max?: number },
): boolean {
  return count >= min && count <= max;
}

/** A row of marks ends a sentence at its last one, so that each mark is looked at once. */
function countSentences(text: string): number {
  return text.split(/[.!?。！？](?:\s|$)|\n/u).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence)).length;
}

function contains(
  lower: string,
  { any, all }: { any?: readonly string[]; all?: readonly string[] },
): boolean {
  const has = (text: string) => lower.includes(text.toLowerCase());
  return (any?.some(has) ?? true) && (all?.every(has) ?? true);
}
