// What a completion of an evaluation earned and why, in words: `forethought evals completion`. Used by printers.ts.
import type { InferContractRouterOutputs } from '@orpc/contract';
import type { Contract } from '../contract/index.ts';
import type { ScoreResult } from '../contract/reward.ts';
import type { SuiteInfo } from '../contract/rewards.ts';
import { aligned, indent } from './layout.ts';

export type Completion = InferContractRouterOutputs<Contract>['evals']['completion'];

/** Prompt, completion and score; the suite gives the weights where this program still has it. */
export function printCompletion(c: Completion, suite: SuiteInfo | undefined): string {
  return [
    `${c.rowId} (${c.domain}), right answer: ${c.gold ?? 'unknown'}; ${c.tokens} tokens${c.truncated ? ', cut at the limit' : ''}`,
    '',
    'prompt',
    indent(c.prompt.trimEnd()),
    '',
    'completion',
    indent(c.text.trimEnd()),
    '',
    printScore(c.result, suite),
  ].join('\n');
}

/** "wrong: -0.17 on a scale from -2 to 4", then what each part gave and why. */
export function printScore(r: ScoreResult, suite: SuiteInfo | undefined): string {
  if (r.error || r.total === null) return `error: ${r.error?.message ?? 'no total'}`;
  const range = suite ? ` on a scale from ${short(suite.min)} to ${short(suite.max)}` : '';
  const answer = r.extracted ? `the answer read is "${r.extracted.answer}"` : 'no answer could be read';
  const parts = Object.entries(r.parts).map(([id, score]) => {
    const weight = suite?.suite.parts.find((part) => part.id === id)?.weight ?? null;
    const earned = score === null || weight === null ? null : score * weight;
    return [id, ...[score, weight, earned].map(short), r.why[id] ?? ''];
  });
  return [
    `${r.verdict}: ${short(r.total)}${range}; ${answer}`,
    '',
    aligned([['part', 'score', 'weight', 'earned', 'why'], ...parts]),
  ].join('\n');
}

function short(value: number | null): string {
  if (value === null) return '–';
  return String(Number(value.toFixed(2)));
}
