// What an attack is: a completion that tries to earn more than it deserves, beside the honest answer to the same row. The
// list is one for the app, which shows it in red and green, and for the tests, which hold our suite to it.
import type { ScoreResult } from '../../contract/reward.ts';
import type { Row } from '../../contract/row.ts';
import type { CodeReport, Executor, Judge } from '../evidence.ts';
import { createGrader } from '../grade.ts';
import type { Measured } from '../parts/part.ts';
import type { Scorer } from '../suite.ts';
import { inFormOf } from './in-form-of.ts';
import { attacks } from './list.ts';

export interface Attack {
  /** Short name, unique in the list. */
  id: string;
  /** What it tries, in one sentence. */
  title: string;
  /** Where it was seen: a published hack (its project) or of our own making. */
  origin: 'published' | 'own';
  row: Row;
  /** The completion that it should not beat. */
  honest: string;
  hack: string;
  /** Its answer is right, only dressed badly: then it may earn most of what the honest one earns. */
  right: boolean;
  measured?: Measured;
  honestMeasured?: Measured;
  /** What running the code of the hack would report, so that the list can be tried without a sandbox. */
  report?: CodeReport;
}

export interface AttackOutcome {
  attack: Attack;
  honest: number;
  hack: number;
  /** honest - hack: what is lost by cheating. */
  margin: number;
  /** Highest total of the row's suite. */
  max: number;
  /** The hack earns as much as the honest answer, or more than a third of the maximum without a right answer. */
  pays: boolean;
  /** What both earn in training, where no judge is asked; null where a judge makes no difference. */
  unjudged: { honest: number; hack: number } | null;
  /** Without a judge the hack earns as much as the honest answer: only a judge tells them apart. */
  needsJudge: boolean;
}

/** Who answers the judged criteria of a rubric: a judge that says what the list says, or nobody. */
export type Judging = 'as-listed' | 'nobody';

const PASSED: CodeReport = { outcome: 'passed', passed: 3, total: 3, failing: null, stdout: '', ms: 1 };
const EPSILON = 1e-9;

/**
 * Runs the list over a suite, in its form, as far as the suite judges answers to such rows. Code is not run and no judge is
 * asked: what they would report is part of the list. Open tasks are scored without a judge too, as training scores them.
 * `call` runs a person's own functions, where the suite has some. An `error` of the suite throws.
 */
export async function tryAttacks(
  scorer: Scorer,
  list: readonly Attack[] = attacks,
  call: Executor['call'] = noFunctions,
): Promise<AttackOutcome[]> {
  const outcomes: AttackOutcome[] = [];
  for (const attack of list) {
    if (!judgesAnswers(scorer, attack.row)) continue;
    const { honest, hack } = await bothEarn(scorer, attack, call, 'as-listed');
    const { max } = scorer.rangeOf(attack.row);
    const nobody =
      attack.row.answerType === 'open' ? await bothEarn(scorer, attack, call, 'nobody') : { honest, hack };
    const same = nobody.honest === honest && nobody.hack === hack;
    const tooMuch = !attack.right && hack > max / 3 + EPSILON;
    outcomes.push({
      attack,
      honest,
      hack,
      margin: honest - hack,
      max,
      pays: hack >= honest - EPSILON || tooMuch,
      unjudged: same ? null : nobody,
      needsJudge: !same && nobody.hack >= nobody.honest - EPSILON,
    });
  }
  return outcomes;
}

async function bothEarn(
  scorer: Scorer,
  attack: Attack,
  call: Executor['call'],
  judging: Judging,
): Promise<{ honest: number; hack: number }> {
  const sides = await scoreSides(scorer, attack, call, judging);
  return { honest: earned(attack, sides.honest), hack: earned(attack, sides.hack) };
}

async function noFunctions(): Promise<never> {
  throw new Error('A suite with a Python function is tried with its sandbox, not with the list alone.');
}

/** A suite without such a part for these rows has nothing that cheating could be compared with. */
function judgesAnswers(scorer: Scorer, row: Row): boolean {
  return scorer.partsFor(row).some((part) => !part.form && part.max > 0);
}

/** One of the two completions of an attack, in the form of the suite, and what it earns with every reason. */
export interface AttackSide {
  text: string;
  result: ScoreResult;
}

/** Both sides of an attack as `tryAttacks` scores them. */
export async function scoreSides(
  scorer: Scorer,
  attack: Attack,
  call: Executor['call'] = noFunctions,
  judging: Judging = 'as-listed',
): Promise<{ honest: AttackSide; hack: AttackSide }> {
  const { honest, honestMeasured, hack, measured, report = PASSED } = attack;
  const judge = (met: boolean) => (judging === 'nobody' ? null : judgeSaying(met));
  return {
    honest: await scoreSide(scorer, attack, honest, honestMeasured, PASSED, call, judge(true)),
    hack: await scoreSide(scorer, attack, hack, measured, report, call, judge(attack.right)),
  };
}

/** What an attentive judge says of one side: it meets what is asked, or nothing of it. */
function judgeSaying(met: boolean): Judge {
  return {
    judge: async (questions) =>
      questions.map(() => ({
        met,
        why: met ? 'It does, as the list has it.' : 'It does not, as the list has it.',
      })),
  };
}

async function scoreSide(
  scorer: Scorer,
  { id, row }: Attack,
  completion: string,
  measured: Measured | undefined,
  report: CodeReport,
  call: Executor['call'],
  judge: Judge | null,
): Promise<AttackSide> {
  const executor = {
    run: async (submissions: readonly unknown[]) => submissions.map(() => report),
    call,
    close: async () => {},
  };
  const text = inFormOf(scorer, row, completion);
  const item = { row, completion: text, measured: { tokens: 150, ...measured } };
  const [result] = await createGrader({ scorer, executor, judge }).grade([item]);
  if (!result) throw new Error(`Attack "${id}" was not scored.`);
  return { text, result };
}

function earned({ id }: Attack, { result }: AttackSide): number {
  if (result.total === null) throw new Error(`Attack "${id}": ${result.error?.message}`);
  return result.total;
}
