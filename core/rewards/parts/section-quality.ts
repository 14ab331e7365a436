// Whether there is thinking in the sections, not only headings: words, on the topic, not written twice, not copied.
//
//   -1                a copy of the prompt's own worked example
//    0                the form is not closed, or the reasoning is a list of words, or does not take up what was asked
//    good / sections  else: a section is good when it is long enough, touches the topic, is not copied from the question, and
//                     does not repeat what stands before it (a verification that only repeats is the usual case)
//
// These are guards on one completion. Fluent prose that fits every question of a kind passes them: that all completions of a
// run are alike is seen over many, by completion/distinct_frac and the held-out score.
//
// A structure without headings has one section, the whole reasoning.
import type { ParsedCompletion, Span } from '../../contract/reward.ts';
import { copiedShare, runsOf } from '../words/copied-share.ts';
import { GramSet, gramsOf } from '../words/gram-set.ts';
import { isAnyFunctionWord, scriptOf } from '../words/languages.ts';
import { type Topic, topicOf, topicShare, touchesTopic } from '../words/topic.ts';
import { findWords, isSingleLetter, type WordList, wordsIn } from '../words/word-list.ts';
import { definePart, type PartContext } from './part.ts';

const OVERLAP_WORDS = 3;

interface Section {
  heading: string;
  span: Span;
  /** Its words: positions in the list of all. */
  from: number;
  to: number;
}

interface Limits {
  minWords: number;
  maxOverlap: number;
  maxQuoted: number;
}

export const sectionQualityPart = definePart({
  fn: 'section-quality',
  explanation: 'Share of the sections that hold thinking of their own; -1 for a copy of the worked example.',
  range: { min: -1, max: 1 },
  form: true,
  params: {
    minWords: {
      type: 'number',
      default: 5,
      min: 1,
      max: 500,
      integer: true,
      explanation: 'A section with fewer words is no section. Numbers count as words, of single letters two.',
    },
    maxOverlap: {
      type: 'number',
      default: 0.6,
      min: 0,
      max: 1,
      explanation: 'Largest share of a section’s three-word runs that may stand in earlier sections.',
    },
    minOnTopic: {
      type: 'number',
      default: 0.25,
      min: 0,
      max: 1,
      explanation:
        'Smallest share of the question’s content words (ten at most) that the reasoning takes up.',
    },
    maxQuoted: {
      type: 'number',
      default: 0.6,
      min: 0,
      max: 1,
      explanation: 'Largest share of a section’s words that may be copied from the question.',
    },
    maxExample: {
      type: 'number',
      default: 0.5,
      min: 0,
      max: 1,
      explanation:
        'Largest share of the reasoning’s words that may be copied from the prompt’s worked example.',
    },
  },
  score(row, parsed, params, context) {
    if (parsed.reading === 'none' || !parsed.reasoning)
      return { score: 0, why: 'The form is not closed, so its sections earn nothing.', spans: [] };
    const words = context.words();
    const [from, to] = wordsIn(words, parsed.reasoning);
    const copied = exampleShare(context, words, from, to, params.maxExample);
    if (copied !== null)
      return {
        score: -1,
        why: `${percent(copied)} is copied from the worked example.`,
        spans: [parsed.reasoning],
      };
    if (isWordList(context.text, words, from, to))
      return {
        score: 0,
        why: 'The reasoning is a list of words: there is no sentence and no calculation in it.',
        spans: [parsed.reasoning],
      };
    const topic = topicOf(row);
    const onTopic = topicShare(topic, words, from, to, params.minOnTopic);
    if (onTopic !== null && onTopic < params.minOnTopic)
      return { score: 0, why: 'The reasoning does not take up what was asked.', spans: [parsed.reasoning] };
    return judgeSections(sectionsOf(parsed, words), params, topic, words, context);
  },
});

/** Largest share of the reasoning that is copied from one worked example; null where no example gives more than `limit`. */
function exampleShare(
  { examples }: PartContext,
  words: WordList,
  from: number,
  to: number,
  limit: number,
): number | null {
  const { all, each } = exampleRuns(examples);
  // What is not copied from all of them together, the usual case, is copied from none.
  if (copiedShare(all, words, from, to, limit) <= limit) return null;
  const largest = Math.max(...each.map((runs) => copiedShare(runs, words, from, to, limit)));
  return largest > limit ? largest : null;
}

interface ExampleRuns {
  all: GramSet;
  each: readonly GramSet[];
}

const known = new WeakMap<readonly string[], ExampleRuns>();

function exampleRuns(examples: readonly string[]): ExampleRuns {
  let runs = known.get(examples);
  if (!runs) {
    const lists = examples.map((example) => findWords(example));
    runs = { all: runsOf(...lists), each: lists.map((list) => runsOf(list)) };
    known.set(examples, runs);
  }
  return runs;
}

/** One for each heading of the structure that is there; a heading that stands twice counts with its first section. */
function sectionsOf(parsed: ParsedCompletion, words: WordList): Section[] {
  const spans = parsed.sections.length
    ? parsed.sections.map(({ heading, bodySpan }) => ({ heading, span: bodySpan }))
    : [{ heading: '', span: parsed.reasoning! }];
  const sections: Section[] = [];
  for (const { heading, span } of spans) {
    if (sections.some((section) => section.heading === heading)) continue;
    const [from, to] = wordsIn(words, span);
    sections.push({ heading, span, from, to });
  }
  return sections;
}

/** Word runs of the sections that have been judged. */
const before = new GramSet();

function judgeSections(
  sections: readonly Section[],
  limits: Limits,
  topic: Topic,
  words: WordList,
  { structure, text }: PartContext,
) {
  const wanted = Math.max(1, structure.headings.length);
  before.clear();
  const grams = gramsOf(words, OVERLAP_WORDS);
  const faults: string[] = [];
  const spans: Span[] = [];
  for (let i = 0; i < sections.length; i++) {
    const section = sections[i]!;
    if (i > 0) addRuns(grams, sections[i - 1]!);
    const fault = faultOf(section, limits, topic, words, text);
    if (fault) {
      faults.push(section.heading === '' ? fault : `"${section.heading}" ${fault}`);
      spans.push(section.span);
    }
  }
  const headless = structure.headings.length > 0 && sections[0]?.heading === '';
  const good = headless ? 0 : sections.length - faults.length;
  const why = faults.length > 0 ? `${faults.join('; ')}.` : `${good} of ${wanted} sections hold thinking.`;
  return { score: good / wanted, why, spans };
}

function addRuns(grams: Int32Array, { from, to }: Section): void {
  for (let at = from; at + OVERLAP_WORDS <= to; at++) before.add(grams[at]!);
}

function faultOf(
  { from, to }: Section,
  limits: Limits,
  topic: Topic,
  words: WordList,
  text: string,
): string | null {
  const count = realWords(text, words, from, to, limits.minWords);
  if (count < limits.minWords) return `has only ${count} ${count === 1 ? 'word' : 'words'}`;
  if (repeatsMoreThan(limits.maxOverlap, words, from, to)) return 'only repeats what stands before it';
  if (!touchesTopic(topic, text, words, from, to)) return 'says nothing about the question';
  if (copiedShare(topic.runs, words, from, to, limits.maxQuoted) > limits.maxQuoted)
    return 'only copies the question';
  return null;
}

/** Whether more than this share of the word runs [from, to) stand in the sections before. */
function repeatsMoreThan(share: number, words: WordList, from: number, to: number): boolean {
  if (before.size === 0) return false;
  const grams = gramsOf(words, OVERLAP_WORDS);
  const end = to - OVERLAP_WORDS + 1;
  const limit = share * Math.max(1, end - from);
  // As many runs as could still turn out to be repeated.
  let possible = end - from;
  for (let at = from; at < end && possible > limit; at++) if (!before.has(grams[at]!)) possible--;
  return possible > limit;
}

/** Single letters name an option or a quantity; more of them in one section are no words. */
const MOST_LETTERS = 2;

/** How many of the words [from, to) count; where they are `enough`, the count stops. */
function realWords(text: string, words: WordList, from: number, to: number, enough: number): number {
  let count = 0;
  let letters = 0;
  for (let at = from; at < to && count < enough; at++)
    if (!isSingleLetter(text, words.starts[at]!) || ++letters <= MOST_LETTERS) count++;
  return count;
}

/** Smallest share of words that carry the grammar ("the", "is", "und"); prose has more than twice as many. */
const MIN_GRAMMAR = 0.08;

/** Whether the words [from, to) are neither prose nor a calculation. Scripts whose grammar is not known here pass. */
function isWordList(text: string, words: WordList, from: number, to: number): boolean {
  let grammar = 0;
  let letters = 0;
  const enough = Math.max(1, MIN_GRAMMAR * (to - from));
  for (let at = from; at < to; at++) {
    const start = words.starts[at]!;
    const script = scriptOf(text.charCodeAt(start));
    if (script === null) continue;
    if (script !== 'latin') return false;
    letters++;
    if (isAnyFunctionWord(words.hashes[at]!) && !isSingleLetter(text, start) && ++grammar >= enough)
      return false;
  }
  if (grammar > 0 && grammar >= MIN_GRAMMAR * letters) return false;
  const equation = text.indexOf('=', words.starts[from]);
  return equation === -1 || (to < words.count && equation >= words.starts[to]!);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
