// Which of two answers a judge finds better. It is asked in both orders, because judges prefer the first one they read; what the
// two orders do not agree on is a tie. Used by suites.ts.
import { createHash } from 'node:crypto';
import type { JudgedPair } from '../contract/rewards.ts';
import type { Judge, JudgeQuestion } from '../rewards/evidence.ts';
import { isMasterKey } from '../rewards/rubrics/master-key.ts';

export interface Pair {
  question: string;
  reference: string | null;
  left: string;
  right: string;
}

const CRITERION =
  'Two answers stand between the marks, one after the other. The first one is the better answer to what was asked.';

/** Answers that fool judges are refused before anybody is asked. Throws what the judge throws; an order without a verdict decides nothing. */
export async function judgePair(judge: Judge, pair: Pair, signal?: AbortSignal): Promise<JudgedPair> {
  const { left, right } = pair;
  const empty = { left: isMasterKey(left), right: isMasterKey(right) };
  if (empty.left || empty.right) {
    const winner = empty.left && empty.right ? 'tie' : empty.left ? 'right' : 'left';
    return { winner, agreed: true, reasons: ['An answer without content is no answer.'] };
  }
  const reports = await judge.judge([asked(pair, left, right), asked(pair, right, left)], signal);
  const [leftFirst, rightFirst] = reports.map((report) => ('error' in report ? null : report.met));
  const reasons = reports.map((report) => ('error' in report ? report.error : report.why));
  const agreed = leftFirst != null && rightFirst != null && leftFirst !== rightFirst;
  return { winner: !agreed ? 'tie' : leftFirst ? 'left' : 'right', agreed, reasons };
}

function asked({ question, reference }: Pair, first: string, second: string): JudgeQuestion {
  // A divider that no answer can hold: it is a hash over both.
  const divider = createHash('sha256').update(`${first}\0${second}`).digest('hex').slice(0, 24);
  const answer = `first answer ${divider}:\n${first}\nsecond answer ${divider}:\n${second}`;
  return { criterion: CRITERION, question, reference, answer };
}
