// What an attack is: a completion that tries to earn more than it deserves, beside the honest answer to the same row. The
// list is one for the app, which shows it in red and green, and for the tests, which hold our suite to it.
import type { ScoreResult } from '../../contract/reward.ts';
import type { Row } from '../../contract/row.ts';
import type { CodeReport, Executor, Judge } from '../evidence.ts';
import { createGrader, type GradeItem } from '../grade.ts';
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
  /** Both with every reason. */
  sides: Record<Side, AttackSide>;
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

export type Side = 'honest' | 'hack';

/** Who answers the judged criteria of a rubric: a judge that says what the list says, or nobody. */
export type Judging = 'as-listed' | 'nobody';

const PASSED: CodeReport = { outcome: 'passed', passed: 3, total: 3, failing: null, stdout: '', ms: 1 };
const EPSILON = 1e-9;

export interface AttackTrial {
  list?: readonly Attack[];
  /** Runs a person's own functions, where the suite has some: once for all completions of a side, as training would. */
  call?: Executor['call'];
  /** Told how many completions are to be scored, then how many are. */
  progress?(done: number, total: number): void;
}

/**
 * Runs the list over a suite, in its form, as far as the suite judges answers to such rows. Code is not run and no judge is
 * asked: what they would report is part of the list. Open tasks are scored without a judge too, as training scores them.
 * An `error` of the suite throws.
 */
export async function tryAttacks(scorer: Scorer, trial: AttackTrial = {}): Promise<AttackOutcome[]> {
  const { list = attacks, call = noFunctions, progress } = trial;
  const tried = list.filter(({ row }) => judgesAnswers(scorer, row));
  const open = tried.filter(({ row }) => row.answerType === 'open');
  const total = 2 * (tried.length + open.length);
  let done = 0;
  progress?.(done, total);
  const scored = async (some: readonly Attack[], side: Side, judging: Judging) => {
    const sides = await scoreSides(scorer, some, side, call, judging);
    done += some.length;
    progress?.(done, total);
    return new Map(some.map((attack, i) => [attack, sides[i]!]));
  };
  const honests = await scored(tried, 'honest', 'as-listed');
  const hacks = await scored(tried, 'hack', 'as-listed');
  const honestAlone = await scored(open, 'honest', 'nobody');
  const hackAlone = await scored(open, 'hack', 'nobody');
  return tried.map((attack) => {
    const [honestSide, hackSide] = [honests.get(attack)!, hacks.get(attack)!];
    const [honest, hack] = [earned(attack, honestSide), earned(attack, hackSide)];
    const { max } = scorer.rangeOf(attack.row);
    const nobody = {
      honest: earned(attack, honestAlone.get(attack) ?? honestSide),
      hack: earned(attack, hackAlone.get(attack) ?? hackSide),
    };
    const same = nobody.honest === honest && nobody.hack === hack;
    const tooMuch = !attack.right && hack > max / 3 + EPSILON;
    return {
      attack,
      honest,
      hack,
      sides: { honest: honestSide, hack: hackSide },
      margin: honest - hack,
      max,
      pays: hack >= honest - EPSILON || tooMuch,
      unjudged: same ? null : nobody,
      needsJudge: !same && nobody.hack >= nobody.honest - EPSILON,
    };
  });
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

/** One side of each attack, all of them as one batch, in order. */
async function scoreSides(
  scorer: Scorer,
  list: readonly Attack[],
  side: Side,
  call: Executor['call'],
  judging: Judging,
): Promise<AttackSide[]> {
  const items = list.map((attack): GradeItem => {
    const { row } = attack;
    const measured = side === 'honest' ? attack.honestMeasured : attack.measured;
    const completion = inFormOf(scorer, row, attack[side]);
    return { row, completion, measured: { tokens: 150, ...measured } };
  });
  // The grader asks in the order of the items; here stands what it will be told.
  const needs = items.map(({ row, completion }) => scorer.needs(row, completion));
  const reports = list.flatMap(({ report = PASSED }, i) =>
    needs[i]?.code ? [side === 'honest' ? PASSED : report] : [],
  );
  const judged = list.flatMap(({ right }, i) =>
    Object.keys(needs[i]?.judge ?? {}).map(() => judgement(side === 'honest' || right)),
  );
  const executor: Executor = { run: async () => reports, call, close: async () => {} };
  const judge: Judge | null = judging === 'nobody' ? null : { judge: async () => judged };
  const results = await createGrader({ scorer, executor, judge }).grade(items);
  return items.map(({ completion }, i) => ({ text: completion, result: results[i]! }));
}

/** What an attentive judge says of one side: it meets what is asked, or nothing of it. */
function judgement(met: boolean) {
  return { met, why: met ? 'It does, as the list has it.' : 'It does not, as the list has it.' };
}

function earned({ id }: Attack, { result }: AttackSide): number {
  if (result.total === null) throw new Error(`Attack "${id}": ${result.error?.message}`);
  return result.total;
}
