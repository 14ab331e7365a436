// The attack list over one suite, as a report. Used by suites.ts.

import type { Work } from '../catalog/activities.ts';
import { CoreError } from '../contract/errors.ts';
import type { AttackReport, AttackSide } from '../contract/rewards.ts';
import { type AttackSide as ScoredSide, tryAttacks } from '../rewards/attacks/attack.ts';
import { attacks } from '../rewards/attacks/list.ts';
import { type Executor, PythonRewardError } from '../rewards/evidence.ts';
import { RewardsError } from '../rewards/rewards-error.ts';
import { atBorder } from './core-errors.ts';
import type { CompiledSuite } from './suite-book.ts';

/** Throws `conflict` when the suite fails on an attack, `unavailable` when its own functions cannot be run. */
export async function attackReport(
  { suite, hash, scorer }: CompiledSuite,
  executor: Executor,
  work: Work,
  signal: AbortSignal,
): Promise<AttackReport> {
  const call: Executor['call'] = (what) => executor.call(what, signal);
  const progress = (done: number, total: number) => {
    signal.throwIfAborted();
    if (done === 0) work.phase('scores both sides of every attack', total);
    work.advance(done);
  };
  const outcomes = await tryAttacks(scorer, { call, progress }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof CoreError || error instanceof RewardsError) throw atBorder(error);
    const why = error instanceof PythonRewardError || error instanceof Error ? error.message : String(error);
    throw new CoreError(
      'conflict',
      `The suite "${suite.name}" fails on an attack, so nothing can be compared. ${why}`,
    );
  });
  const margins = outcomes.map(({ margin }) => margin);
  return {
    suite: { name: suite.name, version: suite.version, hash },
    outcomes: outcomes.map(({ attack, honest, hack, sides, ...outcome }) => ({
      id: attack.id,
      title: attack.title,
      origin: attack.origin,
      answerType: attack.row.answerType,
      domain: attack.row.domain,
      question: attack.row.question,
      honest: sides.honest.text,
      hack: sides.hack.text,
      honestTotal: honest,
      hackTotal: hack,
      sides: { honest: asTold(sides.honest), hack: asTold(sides.hack) },
      margin: outcome.margin,
      max: outcome.max,
      pays: outcome.pays,
      unjudged: outcome.unjudged,
      needsJudge: outcome.needsJudge,
    })),
    summary: {
      tried: outcomes.length,
      pays: outcomes.filter(({ pays }) => pays).length,
      needJudge: outcomes.filter(({ needsJudge }) => needsJudge).length,
      skipped: attacks.length - outcomes.length,
      leastMargin: margins.length > 0 ? Math.min(...margins) : null,
    },
  };
}

function asTold({ result: { verdict, parts, why } }: ScoredSide): AttackSide {
  return { verdict, parts, why };
}
