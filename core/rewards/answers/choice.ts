// Reads which one option of a multiple-choice question an answer names: by letter, by text, or by both when they agree.
// More than one option is ambiguous, and the option list written out again is no answer.
import type { Span } from '../../contract/reward.ts';

export type ChoiceReading =
  | { kind: 'choice'; letter: string; span: Span }
  | { kind: 'ambiguous' | 'option-list' | 'none'; why: string };

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MARKS = '\\s*_`~"\'“”‘’$#>:';
const LEAD_IN =
  /^(?:(?:so|thus|hence|therefore)[,\s]+)?(?:(?:the|my)\s+)?(?:(?:correct|right|best|final|most likely)\s+)?(?:answers?|option|choice)\s*(?:is\s*(?:option|choice)?|:|=)?\s*:?\s*/iu;
const BOXED = /^\\(?:boxed|text|textbf|mathrm)\{([\s\S]*)\}$/u;
/** `\boxed{\text{C}}`: boxes in boxes, no deeper than that. */
const MAX_BOXES = 2;
const NEGATED = /(?<!\p{L})(?:not|never|isn['’]t|cannot|neither|nor|except)(?!\p{L})/iu;
/** What follows an "A" that is an article: a word, but none that goes on after a letter ("A or C", "A because"). */
const ARTICLE_USE = /^ ?(?!(?:or|and|but|is|was|as|not|because|since|for)\b)[\p{Ll}\d]/u;
/** `C`, `(C)`, `C.`, `[C]`, `C:`, followed by nothing or by text that is separated from it. */
const LEADING_LETTER = /^([([{]?)([A-Za-z])([)\]}]?[.:,;]?)(?=$|[\s*_`~"'“”–—-])[\s*_`~"'“”]*(?:[–—-]+\s+)?/u;

/**
 * Reads `text` as one option of `choices`; without choices (the options stand in the question) any single letter counts.
 * An upper-case letter, alone or before other words, names its option; a lower-case one only when it stands alone.
 * Never throws; time is linear in the length.
 */
export function readChoice(text: string, choices: readonly string[] | null): ChoiceReading {
  const range = choices ? LETTERS.slice(0, choices.length) : LETTERS;
  const options = (choices ?? []).map(normalise);
  const { text: body, span } = peel(text);
  const led = readLeadingLetter(body, range);
  const whole = normalise(body);
  const matching = [...range].filter((_, i) => whole !== '' && options[i] === whole);
  if (matching.length > 1) return { kind: 'ambiguous', why: 'Two options have exactly this text.' };
  const named = matching[0];
  if (named && led?.rest === '' && led.letter !== named)
    return { kind: 'ambiguous', why: `"${led.letter}" names one option and is the text of another.` };
  if (named) return { kind: 'choice', letter: named, span };
  const own = led ? options[range.indexOf(led.letter)] : undefined;
  if (led && (led.rest === '' || normalise(led.rest) === own))
    return { kind: 'choice', letter: led.letter, span };
  const { letters, texts } = mentions(body, options, range);
  if (texts.size > 1 && texts.size === new Set(options).size)
    return { kind: 'option-list', why: 'The answer repeats the list of options.' };
  if (NEGATED.test(body) || letters.size > 1 || texts.size > 1)
    return { kind: 'ambiguous', why: 'The answer names more than one option, or says which it is not.' };
  if (!led)
    return { kind: 'none', why: 'The answer is neither one letter of the options nor the text of one.' };
  const contradicted =
    [...texts].some((option) => option !== own) || [...letters].some((l) => l !== led.letter);
  if (contradicted)
    return { kind: 'ambiguous', why: 'The letter and the text beside it name different options.' };
  return { kind: 'choice', letter: led.letter, span };
}

/** Takes away white space, Markdown and quotes around the text, "The answer is", `\boxed{}`, and a full stop at the end. */
function peel(text: string): { text: string; span: Span } {
  let [start, end] = trimMarks(text, 0, text.length);
  const lead = LEAD_IN.exec(text.slice(start, Math.min(end, start + 200)));
  if (lead && start + lead[0].length < end) [start, end] = trimMarks(text, start + lead[0].length, end);
  for (let depth = 0; depth < MAX_BOXES; depth++) {
    const boxed = BOXED.exec(text.slice(start, end));
    if (!boxed) break;
    const inside = text.indexOf('{', start) + 1;
    [start, end] = trimMarks(text, inside, inside + boxed[1]!.length);
  }
  return { text: text.slice(start, end), span: [start, end] };
}

const MARK = new RegExp(`[${MARKS}]`, 'u');

function trimMarks(text: string, from: number, to: number): Span {
  let [start, end] = [from, to];
  while (start < end && MARK.test(text[start]!)) start++;
  while (end > start && (MARK.test(text[end - 1]!) || text[end - 1] === '.')) end--;
  return [start, end];
}

/** Case, white space, marks and a final full stop do not tell options apart. */
function normalise(text: string): string {
  const [start, end] = trimMarks(text, 0, text.length);
  return text.slice(start, end).toLowerCase().replace(/\s+/gu, ' ');
}

function readLeadingLetter(text: string, range: string): { letter: string; rest: string } | null {
  const match = LEADING_LETTER.exec(text);
  if (!match) return null;
  const rest = text.slice(match[0].length);
  const [, opening, written, closing] = match;
  const letter = written!.toUpperCase();
  if (!range.includes(letter)) return null;
  const bare = opening === '' && closing === '';
  // "A plant needs light" starts with an article; "a" alone is a letter, "a plant" is not.
  if (rest !== '' && bare && (written !== letter || (letter === 'A' && ARTICLE_USE.test(rest)))) return null;
  return { letter, rest };
}

/**
 * Options named anywhere in the text: by a letter that stands alone, or by their whole text. A lower-case "a" alone is an
 * article, and an "i" a pronoun.
 */
function mentions(text: string, options: readonly string[], range: string) {
  const letters = new Set<string>();
  for (const match of text.matchAll(/(?<![\p{L}\p{N}'’])([A-Zb-hj-z])(?![\p{L}\p{N}'’])/gu)) {
    const letter = match[1]!.toUpperCase();
    const article = match[1] === 'A' && ARTICLE_USE.test(text.slice(match.index + 1, match.index + 20));
    if (range.includes(letter) && !article) letters.add(letter);
  }
  const lower = text.toLowerCase().replace(/\s+/gu, ' ');
  const texts = new Set(options.filter((option) => option !== '' && containsWords(lower, option)));
  return { letters, texts };
}

function containsWords(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + 1)) {
    const outside = text.charAt(at - 1) + text.charAt(at + words.length);
    if (!/[\p{L}\p{N}]/u.test(outside)) return true;
  }
  return false;
}
