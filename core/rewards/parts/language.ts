// Penalty for leaving the language: reasoning that drifts into another script or tongue is hard to review.
import type { ParsedCompletion, Span } from '../../contract/reward.ts';
import { foreignShare, languageOf } from '../words/languages.ts';
import { topicOf } from '../words/topic.ts';
import { definePart } from './part.ts';

/** Fewer words say too little about a language. */
const MIN_WORDS = 20;

export const languagePart = definePart({
  fn: 'language',
  explanation: 'Costs nothing in the language of the question (or a named one), up to -1 in another one.',
  range: { min: -1, max: 0 },
  params: {
    language: {
      type: 'choice',
      default: 'question',
      options: ['question', 'en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl'],
      explanation: 'The language to keep to: that of the question, or one by name.',
    },
    tolerated: {
      type: 'number',
      default: 0.1,
      min: 0,
      max: 0.9,
      explanation: 'Share of letters in another script that costs nothing: names and symbols.',
    },
  },
  score(row, parsed, params, context) {
    const spans: Span[] = [writtenPart(parsed, context.text)];
    const [from, to] = spans[0]!;
    const words = context.words();
    if (words.count < MIN_WORDS) return { score: 0, why: 'Too short to tell its language.', spans: [] };
    const named = params.language !== 'question';
    const asked = topicOf(row);
    const wanted = named ? 'latin' : asked.script;
    if (wanted === null) return { score: null, why: 'The question has no letters.', spans: [] };
    const foreign = foreignShare(context.text, from, to, wanted);
    const over = (foreign - params.tolerated) / (1 - params.tolerated);
    if (over > 0)
      return {
        score: -Math.min(1, over),
        why: `${Math.round(100 * foreign)} % is in another script.`,
        spans,
      };
    if (wanted !== 'latin') return { score: 0, why: 'In the script of the question.', spans: [] };
    const language = named ? params.language : asked.language;
    const found = languageOf(words);
    if (language === null || found === null || found === language)
      return { score: 0, why: 'In the language asked for.', spans: [] };
    return { score: -1, why: `Written in "${found}", not in "${language}".`, spans };
  },
});

/** The reasoning where there is one: tags and answers have no language. */
function writtenPart(parsed: ParsedCompletion, text: string): Span {
  return parsed.reasoning ?? [0, text.length];
}
