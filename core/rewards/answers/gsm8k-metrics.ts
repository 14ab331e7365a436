// How others read the answer of a gsm8k solution, each exactly as published, beside our own reading: for tables that must be
// comparable with theirs, and for suites that repeat theirs. All read the whole text, and compare strings.
import { pyTail } from '../python-text.ts';

export type Gsm8kMetric =
  | 'official'
  | 'lm-eval-strict'
  | 'lm-eval-flexible'
  | 'verl-strict'
  | 'verl-flexible';

interface Definition {
  id: Gsm8kMetric;
  name: string;
  /** What it takes from a completion; null where it finds nothing. */
  extract(text: string): string | null;
  /** Whether that is the gold, which is a plain number. */
  matches(extracted: string, gold: string): boolean;
}

/** Python's $ stands before a last line end too. */
const END_DOT = /\.(?=\n?$(?![\s\S]))/;

function first(text: string, pattern: RegExp): string | null {
  return pattern.exec(text)?.[1] ?? null;
}

function last(text: string, pattern: RegExp): string | null {
  return [...text.matchAll(pattern)].at(-1)?.[1] ?? null;
}

/** Commas, dollars, everything up to "#### " and a full stop at the end are no difference; nor is case. */
function lmEvalNormal(text: string): string {
  const cut = text.lastIndexOf('#### ');
  return text
    .slice(cut === -1 ? 0 : cut + 5)
    .replace(/[,$]/g, '')
    .replace(END_DOT, '')
    .toLowerCase();
}

const lmEvalMatches = (extracted: string, gold: string) => lmEvalNormal(extracted) === lmEvalNormal(gold);

const VERL_CHARACTERS = 300;

export const gsm8kMetrics: readonly Definition[] = [
  {
    // openai/grade-school-math, dataset.py
    id: 'official',
    name: 'grade-school-math',
    extract: (text) =>
      first(text, /#### (-?[0-9.,]+)/)
        ?.trim()
        .replaceAll(',', '') ?? null,
    matches: (extracted, gold) => extracted === gold,
  },
  {
    // lm-evaluation-harness, gsm8k.yaml version 3
    id: 'lm-eval-strict',
    name: 'lm-eval strict-match',
    extract: (text) => first(text, /#### (-?[0-9.,]+)/),
    matches: lmEvalMatches,
  },
  {
    id: 'lm-eval-flexible',
    name: 'lm-eval flexible-extract',
    extract: (text) => last(text, /(-?[$0-9.,]{2,}|-?[0-9]+)/g),
    matches: lmEvalMatches,
  },
  {
    // verl, utils/reward_score/gsm8k.py
    id: 'verl-strict',
    name: 'verl strict',
    extract: (text) =>
      last(pyTail(text, VERL_CHARACTERS), /#### (-?[0-9.,]+)/g)?.replace(/[,$]/g, '') ?? null,
    matches: (extracted, gold) => extracted === gold,
  },
  {
    id: 'verl-flexible',
    name: 'verl flexible',
    extract(text) {
      const found = pyTail(text, VERL_CHARACTERS).match(/-?[0-9.,]+/g);
      // Where all are empty of digits, the loop of the original ends on the first one.
      return found ? (found.findLast((each) => each !== '.') ?? found[0]!) : null;
    },
    matches: (extracted, gold) => extracted === gold,
  },
];

export interface Gsm8kReading {
  extracted: string | null;
  correct: boolean;
}

/** Reads and judges `text` by one of the published ways. `gold` is a plain number without separators. */
export function readGsm8k(metric: Gsm8kMetric, text: string, gold: string): Gsm8kReading {
  const { extract, matches } = gsm8kMetrics.find((each) => each.id === metric)!;
  const extracted = extract(text);
  return { extracted, correct: extracted !== null && matches(extracted, gold) };
}
