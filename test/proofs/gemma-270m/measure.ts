// The measure, fixed before any run: a completion is good when it is in the strict form, takes up the question asked, and is not copied.
// Read with the parser and the word lists of core/rewards, the same for every model.
import type { StoredCompletion } from '../../../core/contract/evals.ts';
import type { Row } from '../../../core/contract/row.ts';
import { mcnemar, proportion } from '../../../core/evals/statistics.ts';
import { parseCompletion } from '../../../core/rewards/parse.ts';
import { fourStep } from '../../../core/rewards/structure.ts';
import { copiedShare } from '../../../core/rewards/words/copied-share.ts';
import { topicOf, topicShare } from '../../../core/rewards/words/topic.ts';
import { findWords } from '../../../core/rewards/words/word-list.ts';

/** Of at most ten content words of question and options. */
const LEAST_TOPIC = 0.25;
/** Of the reasoning's words: more is a copy of the question. */
const MOST_QUOTED = 0.6;
/** Words of a run, and the share of a text's runs that make it a copy of one known text. */
const RUN = 8;
const MOST_KNOWN = 0.5;

export interface Reading {
  strict: boolean;
  onTopic: boolean;
  copied: boolean;
  good: boolean;
  right: boolean;
  text: string;
}

/** Texts that a completion may have been copied from: the worked example and every trace that was learned from. */
export type Known = ReadonlyMap<string, ReadonlySet<number>>;

export function knownRuns(texts: readonly string[]): Known {
  const known = new Map<string, Set<number>>();
  for (const [i, text] of texts.entries())
    for (const run of runsOf(text)) {
      const of = known.get(run) ?? new Set();
      known.set(run, of.add(i));
    }
  return known;
}

export function read(completion: StoredCompletion, row: Row, known: Known): Reading {
  const { text } = completion;
  const parsed = parseCompletion(text, fourStep);
  const reasoning = parsed.reasoning ? text.slice(parsed.reasoning[0], parsed.reasoning[1]) : text;
  const words = findWords(reasoning);
  const topic = topicOf(row);
  const onTopic = (topicShare(topic, words) ?? 1) >= LEAST_TOPIC;
  const quoted = copiedShare(topic.runs, words, 0, words.count, MOST_QUOTED) > MOST_QUOTED;
  const copied = quoted || isKnown(text, known);
  const strict = completion.strict;
  const right = completion.verdict === 'correct';
  return { strict, onTopic, copied, good: strict && onTopic && !copied, right, text };
}

/** Whether half of its runs stand in one and the same known text. */
function isKnown(text: string, known: Known): boolean {
  const runs = runsOf(text);
  const found = new Map<number, number>();
  for (const run of runs) for (const i of known.get(run) ?? []) found.set(i, (found.get(i) ?? 0) + 1);
  return Math.max(0, ...found.values()) >= MOST_KNOWN * Math.max(1, runs.length);
}

/** Headings and tags are the form, which everybody shares; what is compared are the words between them. */
function runsOf(text: string): string[] {
  let plain = text.replace(/<\/?\w+>/g, ' ');
  for (const heading of fourStep.headings) plain = plain.replaceAll(`${heading}:`, ' ');
  const words = plain.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.slice(0, Math.max(0, words.length - RUN + 1)).map((_, i) => words.slice(i, i + RUN).join(' '));
}

export interface Summary {
  n: number;
  strict: number;
  onTopic: number;
  copied: number;
  good: number;
  right: number;
  distinct: number;
}

export function summarise(readings: readonly Reading[]): Summary {
  const count = (holds: (each: Reading) => boolean) => readings.filter(holds).length;
  return {
    n: readings.length,
    strict: count((each) => each.strict),
    onTopic: count((each) => each.onTopic),
    copied: count((each) => each.copied),
    good: count((each) => each.good),
    right: count((each) => each.right),
    distinct: new Set(readings.map((each) => each.text)).size,
  };
}

/** Exact McNemar over pairs of readings of the same questions. */
export function pairedP(
  before: readonly Reading[],
  after: readonly Reading[],
  of: 'good' | 'right',
): { gained: number; lost: number; p: number } {
  let gained = 0;
  let lost = 0;
  for (const [i, each] of before.entries()) {
    if (!each[of] && after[i]![of]) gained += 1;
    if (each[of] && !after[i]![of]) lost += 1;
  }
  return { gained, lost, p: mcnemar(gained, lost) };
}

/** `73.3 % (67.4 to 78.5)` */
export function percent(count: number, n: number): string {
  const { share, low, high } = proportion(count, n);
  const one = (value: number) => (value * 100).toFixed(1);
  return `${one(share)} % (${one(low)} to ${one(high)})`;
}
