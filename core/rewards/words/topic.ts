// What a row is about: the content words of its question, options and passage, and the runs of words that would be copying it.
// Found once for each row.
import type { Row } from '../../contract/row.ts';
import { runsOf } from './copied-share.ts';
import { GramSet } from './gram-set.ts';
import { isFunctionWord, languageOf, mainScript, type Script } from './languages.ts';
import {
  findWords,
  hashWord,
  hasThreeLetters,
  isIdeograph,
  makeWordList,
  type WordList,
} from './word-list.ts';

export interface Topic {
  /** Stems of the different content words. */
  words: GramSet;
  /** Four-word runs of the question, options and passage. */
  runs: GramSet;
  /** Script and language of the question; null where they cannot be told. */
  script: Script | null;
  language: string | null;
}

/**
 * Words of so many questions that a list of them is on the topic of most: they count only where a question has few others.
 * Numbers are such words too.
 */
const COMMON = new Set(
  (
    'many much total number time times day days week weeks month months year years hour hours minute minutes money ' +
    'dollar dollars cent cents cost costs price pay pays paid buy buys bought sell sells left old people person thing things ' +
    'half twice following answer answers question correct best true statement find calculate does'
  )
    .split(' ')
    .map(hashWord),
);
/** Own words of a question that are enough to do without the common ones. */
const ENOUGH_WORDS = 4;

/** How many content words of a long question are wanted at most. */
const MAX_WANTED = 10;

/** Serves question after question: nothing of it is kept. */
const scratch = makeWordList(4096);
const topics = new WeakMap<Row, Topic>();

export function topicOf(row: Row): Topic {
  let topic = topics.get(row);
  if (!topic) {
    const source = [row.question, ...(row.choices ?? []), row.context ?? ''].join('\n');
    const words = findWords(source, scratch);
    topic = {
      words: contentWords(source, words),
      runs: runsOf(words),
      script: mainScript(row.question),
      language: languageOf(words),
    };
    topics.set(row, topic);
  }
  return topic;
}

function contentWords(text: string, words: WordList): GramSet {
  // They grow as needed: small sets are looked up faster.
  const own = new GramSet(ENOUGH_WORDS);
  const all = new GramSet(ENOUGH_WORDS);
  for (let at = 0; at < words.count; at++) {
    if (!isContent(text, words, at)) continue;
    all.add(words.stems[at]!);
    if (!isNumeral(text, words.starts[at]!) && !COMMON.has(words.hashes[at]!)) own.add(words.stems[at]!);
  }
  return own.size >= ENOUGH_WORDS ? own : all;
}

function isNumeral(text: string, start: number): boolean {
  const code = text.charCodeAt(start);
  return code >= 48 && code <= 57;
}

function isContent(text: string, words: WordList, at: number): boolean {
  const start = words.starts[at]!;
  if (isNumeral(text, start) || isIdeograph(text.charCodeAt(start))) return true;
  return hasThreeLetters(text, start) && !isFunctionWord(words.hashes[at]!);
}

const found = new GramSet(MAX_WANTED);

/**
 * Share of the topic's words (of at most ten) that occur in the words [from, to); null when the row has no content words.
 * Where it has reached `enough`, the count stops.
 */
export function topicShare(
  topic: Topic,
  words: WordList,
  from = 0,
  to = words.count,
  enough = 1,
): number | null {
  const wanted = Math.min(MAX_WANTED, topic.words.size);
  if (wanted === 0) return null;
  const { stems } = words;
  found.clear();
  for (let at = from; found.size < enough * wanted; at++) {
    at = topic.words.firstOf(stems, at, to);
    if (at >= to) break;
    found.add(stems[at]!);
  }
  return found.size / wanted;
}

/** Whether the words [from, to) take up anything of the row, or state a number. */
export function touchesTopic(topic: Topic, text: string, words: WordList, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (isNumeral(text, words.starts[at]!) || topic.words.has(words.stems[at]!)) return true;
  }
  return false;
}
