// Penalty for leaving the language: reasoning that drifts into another script or tongue is hard to review.
import type { ParsedCompletion, Span } from '../../contract/reward.ts';
import { functionShare, languages, type Script, scriptOf } from '../words/languages.ts';
import { findWords, type WordList } from '../words/word-list.ts';
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
    const wanted = named ? 'latin' : mainScript(row.question, 0, row.question.length);
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
    const language = named ? params.language : languageOf(findWords(row.question));
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

function mainScript(text: string, from: number, to: number): Script | null {
  const counts = new Map<Script, number>();
  for (let at = from; at < to; at++) {
    const script = scriptOf(text.charCodeAt(at));
    if (script) counts.set(script, (counts.get(script) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

function foreignShare(text: string, from: number, to: number, wanted: Script): number {
  let own = 0;
  let foreign = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    // Surrogates are emoji and mathematical letters, which belong to no language.
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const script = scriptOf(code);
    if (script === wanted) own++;
    else if (script !== null) foreign++;
  }
  return own + foreign === 0 ? 0 : foreign / (own + foreign);
}

/** Function words below this share are chance; prose of every language here has more than twice as many. */
const MIN_SHARE = 0.08;

/** The language whose function words stand out, or null when none does clearly. */
function languageOf(words: WordList): string | null {
  if (words.count < 5) return null;
  const english = functionShare(words, 'en');
  // Most texts: saves the other languages.
  if (english > 0.3) return 'en';
  let best: string | null = null;
  let [first, second] = [MIN_SHARE, 0];
  for (const language of languages) {
    const share = language === 'en' ? english : functionShare(words, language);
    if (share > first) [best, second, first] = [language, best === null ? 0 : first, share];
    else if (share > second) second = share;
  }
  return first >= 1.5 * second ? best : null;
}
