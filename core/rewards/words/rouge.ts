// ROUGE-1, -2, -L and -Lsum as Google's rouge_score computes them, to the last digit: its tokens (lower case, ASCII letters
// and digits), its optional Porter stemmer for tokens of more than three letters, and the union LCS of Lsum.
import { stem } from './porter-stemmer.ts';

export type RougeMetric = 'rouge1' | 'rouge2' | 'rougeL' | 'rougeLsum';

export interface RougeScore {
  precision: number;
  recall: number;
  fmeasure: number;
}

const NONE: RougeScore = { precision: 0, recall: 0, fmeasure: 0 };
/** LCS takes time with the product of the lengths: beyond this many tokens a side is cut. Summaries have hundreds. */
const MAX_LCS_TOKENS = 4000;

/** `reference` is the target of rouge_score, `prediction` what is judged. */
export function rouge(
  metric: RougeMetric,
  reference: string,
  prediction: string,
  stemmer = false,
): RougeScore {
  if (metric === 'rougeLsum')
    return summaryLcs(sentences(reference, stemmer), sentences(prediction, stemmer));
  const [target, given] = [rougeTokens(reference, stemmer), rougeTokens(prediction, stemmer)];
  if (metric === 'rougeL') {
    if (target.length === 0 || given.length === 0) return NONE;
    const [a, b] = [target.slice(0, MAX_LCS_TOKENS), given.slice(0, MAX_LCS_TOKENS)];
    const length = lcsTable(a, b)[a.length]![b.length]!;
    return score(length, given.length, target.length);
  }
  const n = metric === 'rouge1' ? 1 : 2;
  return ngramScore(countGrams(target, n), countGrams(given, n));
}

/** The tokens that rouge_score compares. */
export function rougeTokens(text: string, stemmer: boolean): string[] {
  const tokens = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return stemmer ? tokens.map((token) => (token.length > 3 ? stem(token) : token)) : tokens;
}

function sentences(text: string, stemmer: boolean): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => rougeTokens(line, stemmer));
}

function score(hits: number, givenTotal: number, targetTotal: number): RougeScore {
  const precision = hits / Math.max(givenTotal, 1);
  const recall = hits / Math.max(targetTotal, 1);
  const fmeasure = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
  return { precision, recall, fmeasure };
}

function countGrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + n <= tokens.length; at++) {
    const gram = n === 1 ? tokens[at]! : tokens.slice(at, at + n).join(' ');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

function ngramScore(target: Map<string, number>, given: Map<string, number>): RougeScore {
  let hits = 0;
  for (const [gram, count] of target) hits += Math.min(count, given.get(gram) ?? 0);
  return score(hits, sum(given), sum(target));
}

function sum(counts: Map<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

/** Lengths of the longest common subsequences of all prefixes. */
function lcsTable(a: readonly string[], b: readonly string[]): Int32Array[] {
  const table = [new Int32Array(b.length + 1)];
  for (let i = 1; i <= a.length; i++) {
    const [row, above] = [new Int32Array(b.length + 1), table[i - 1]!];
    for (let j = 1; j <= b.length; j++)
      row[j] = a[i - 1] === b[j - 1] ? above[j - 1]! + 1 : Math.max(above[j]!, row[j - 1]!);
    table.push(row);
  }
  return table;
}

/** Positions in `a` of one longest common subsequence; the ties are broken as rouge_score breaks them. */
function lcsPositions(a: readonly string[], b: readonly string[]): number[] {
  const table = lcsTable(a, b);
  const positions: number[] = [];
  let [i, j] = [a.length, b.length];
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      positions.push(i - 1);
      i--;
      j--;
    } else if (table[i]![j - 1]! > table[i - 1]![j]!) j--;
    else i--;
  }
  return positions;
}

/** For each reference sentence the union of its subsequences with every sentence given, each token counted once a side. */
function summaryLcs(target: string[][], given: string[][]): RougeScore {
  const [m, n] = [target, given].map((lines) => lines.reduce((total, line) => total + line.length, 0));
  if (target.length === 0 || given.length === 0 || m === 0 || n === 0) return NONE;
  const left = countGrams(target.flat(), 1);
  const right = countGrams(given.flat(), 1);
  let hits = 0;
  for (const line of target) {
    const union = new Set(
      given.flatMap((other) => lcsPositions(line.slice(0, MAX_LCS_TOKENS), other.slice(0, MAX_LCS_TOKENS))),
    );
    for (const at of [...union].sort((x, y) => x - y)) {
      const token = line[at]!;
      if ((left.get(token) ?? 0) === 0 || (right.get(token) ?? 0) === 0) continue;
      left.set(token, left.get(token)! - 1);
      right.set(token, right.get(token)! - 1);
      hits++;
    }
  }
  return score(hits, n!, m!);
}
