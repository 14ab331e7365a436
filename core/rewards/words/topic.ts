// What a row is about: the content words of its question, options and passage, and the runs of words that would be copying it.
// Found once for each row.
import type { Row } from '../../contract/row.ts';
import { runsOf } from './copied-share.ts';
import { GramSet } from './gram-set.ts';
import { isFunctionWord } from './languages.ts';
import { findWords, isIdeograph, type WordList } from './word-list.ts';

export interface Topic {
  /** Stems of the different content words. */
  words: GramSet;
  /** Four-word runs of the question, options and passage. */
  runs: GramSet;
}

/** How many content words of a long question are wanted at most. */
const MAX_WANTED = 10;

const topics = new WeakMap<Row, Topic>();

export function topicOf(row: Row): Topic {
  let topic = topics.get(row);
  if (!topic) {
    const source = [row.question, ...(row.choices ?? []), row.context ?? ''].join('\n');
    topic = { words: contentWords(source), runs: runsOf(source) };
    topics.set(row, topic);
  }
  return topic;
}

function contentWords(text: string): GramSet {
  const words = findWords(text);
  const set = new GramSet(words.count);
  for (let at = 0; at < words.count; at++) if (isContent(text, words, at)) set.add(words.stems[at]!);
  return set;
}

function isContent(text: string, words: WordList, at: number): boolean {
  const start = words.starts[at]!;
  const code = text.charCodeAt(start);
  if ((code >= 48 && code <= 57) || isIdeograph(code)) return true;
  return words.ends[at]! - start > 2 && !isFunctionWord(words.hashes[at]!);
}

/** Share of the topic's words (of at most ten) that occur in the words [from, to); null when the row has no content words. */
export function topicShare(topic: Topic, words: WordList, from = 0, to = words.count): number | null {
  const wanted = Math.min(MAX_WANTED, topic.words.size);
  if (wanted === 0) return null;
  const found = new GramSet(16);
  for (let at = from; at < to && found.size < wanted; at++)
    if (topic.words.has(words.stems[at]!)) found.add(words.stems[at]!);
  return Math.min(1, found.size / wanted);
}

/** Whether the words [from, to) take up anything of the row, or state a number. */
export function touchesTopic(topic: Topic, text: string, words: WordList, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(words.starts[at]!);
    if ((code >= 48 && code <= 57) || topic.words.has(words.stems[at]!)) return true;
  }
  return false;
}
