// Health and stop rules are one judgement: on the same curves the core warns, and the trainer ends the run. The curves are those of the trainer's
// test_rules.py, which holds the other half of this contract.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { StopRule } from '../../../../core/contract/job-blocks.ts';
import type { Part } from '../../../../core/contract/job-settings.ts';
import { HealthRule, type Series } from '../../../../core/contract/run-views.ts';
import { neverTrue, offeredRules, type Stoppable } from '../../../../core/jobs/health/offered-rules.ts';
import { findingsOf } from '../../../../core/jobs/health/rules.ts';
import { rootFolder } from '../../../../resources/setup/paths.mjs';
import { playPreset } from '../../../fixtures/play-lab.ts';

const Case = z.object({
  rule: HealthRule,
  stopRule: StopRule,
  everySteps: z.int().default(1),
  curve: z.array(z.tuple([z.int(), z.number()])),
});
const Collapse = z.object({
  promptsPerStep: z.int(),
  groupSize: z.int(),
  below: z.number(),
  distinct: z.number(),
});
const shared = z
  .object({
    suite: z.object({ max: z.number(), min: z.number() }),
    cases: z.array(Case),
    collapses: z.array(Collapse),
  })
  .parse(
    JSON.parse(readFileSync(join(rootFolder, 'resources/trainer/tests/stop_rules.json'), 'utf8')) as unknown,
  );
const range = shared.suite;

const series = (name: string, values: readonly number[], everySteps = 1): Series => ({
  name,
  steps: values.map((_, i) => (i + 1) * everySteps),
  values: [...values],
  ...{ starts: [], openings: [] },
});
const rewards = (of: (step: number) => number, steps: number) =>
  series(
    'reward/total/mean',
    Array.from({ length: steps }, (_, i) => of(i + 1)),
  );

/** A part of a run that measures all there is. */
const whole = (more: object = {}): Stoppable =>
  ({
    kind: 'grpo',
    ...playPreset.settings,
    training: { ...playPreset.settings.training, steps: 50, promptsPerStep: 4, groupSize: 6 },
    heldOut: { source: 'play:validation', everySteps: 10, maxRows: null, set: 'held-out' },
    ...more,
  }) as Stoppable;
const known = { range, hasExample: true };
const rulesOf = (part: Part, of = known) => offeredRules(part, null, of).map(({ rule }) => rule);

describe('each health rule', () => {
  it('has a stop rule in the contract, and it can be switched on', () => {
    expect(shared.cases.map(({ rule }) => rule).toSorted()).toEqual([...HealthRule.options].sort());
    expect(rulesOf(whole()).toSorted()).toEqual([...HealthRule.options].sort());
  });
  it.each(shared.cases)(
    '$rule warns where the trainer ends the run',
    ({ rule, stopRule, curve, everySteps }) => {
      expect(offeredRules(whole(), null, known).find((each) => each.rule === rule)?.stopRule).toEqual(
        stopRule,
      );
      const values = curve.flatMap(([times, value]) => Array.from({ length: times }, () => value));
      // The KL is bad where the reward stands still, a fall on held-out questions where it rises.
      const reward = rewards(
        (step) => (rule === 'held-out-falls' ? step / 20 : 2),
        values.length * everySteps,
      );
      const noSpread = series(
        'reward/zero_std_frac',
        values.map(() => 1),
      );
      const all = [
        series(stopRule.metric, values, everySteps),
        reward,
        ...(rule === 'no-spread' ? [] : [noSpread]),
      ];
      const facts = { promptsPerStep: 4, groupSize: 6, range };
      expect(findingsOf(all, facts).find((each) => each.rule === rule)).toMatchObject({
        level: 'warning',
        stopRule,
      });
    },
  );
});

it.each(shared.collapses)(
  'one text for everything is seen at $promptsPerStep questions with $groupSize answers each',
  ({ promptsPerStep, groupSize, below, distinct }) => {
    const curves = [
      series('completion/distinct_frac', Array(20).fill(distinct)),
      series('completion/same_answer_frac', Array(20).fill(1)),
    ];
    expect(
      findingsOf(curves, { promptsPerStep, groupSize, range }).map((each) => [
        each.rule,
        each.level,
        each.stopRule?.below,
      ]),
    ).toEqual([
      ['few-distinct', 'warning', below],
      ['same-answers', 'warning', null],
    ]);
  },
);

describe('what can be switched on', () => {
  it('is only what the run will measure', () => {
    expect(rulesOf(whole({ heldOut: null }))).not.toContain('held-out-falls');
    expect(rulesOf(whole({ training: { ...playPreset.settings.training, beta: 0 } }))).not.toContain(
      'kl-without-reward',
    );
    expect(rulesOf(whole(), { range, hasExample: false })).not.toContain('copying');
    expect(rulesOf({ ...whole(), kind: 'sft' } as Stoppable)).toEqual(['held-out-falls']);
    expect(rulesOf({ ...whole({ heldOut: null }), kind: 'dpo' } as Stoppable)).toEqual([]);
    expect(rulesOf({ kind: 'merge', form: 'merged', dtype: 'float32' })).toEqual([]);
  });
  it.each([
    ['sft', 'policy/loss', null],
    ['sft', 'guard/kl', null],
    ['sft', 'completion/length_mean', null],
    ['sft', 'heldout/loss', null],
    ['dpo', 'policy/kl', 'A run of the kind dpo does not measure policy/kl'],
    ['dpo', 'completion/length_mean', 'A run of the kind dpo does not measure completion/length_mean'],
    ['grpo', 'heldout/correct_frac', 'Without heldOut no question is held out'],
  ])('in a run of the kind %s: %s', (kind, metric, why) => {
    const rule = StopRule.parse({ metric, above: 1 });
    expect(neverTrue({ ...whole({ heldOut: null }), kind } as Stoppable, rule)).toBe(why);
  });
  it('is a rule over exams only where there are enough of them before the last step', () => {
    const asking = (steps: number, everySteps: number, publishEverySteps: number | null = null) =>
      whole({
        training: { ...playPreset.settings.training, steps },
        heldOut: { source: 'play:validation', everySteps, maxRows: null, set: 'held-out' },
        publishEverySteps,
      });
    expect(rulesOf(asking(20, 1000))).not.toContain('held-out-falls');
    expect(rulesOf(asking(20, 10))).not.toContain('held-out-falls');
    expect(rulesOf(asking(21, 10))).toContain('held-out-falls');
    expect(rulesOf(asking(21, 1000, 10))).toContain('held-out-falls');
    const rule = StopRule.parse({ metric: 'heldout/reward_mean', belowBest: 1, forSteps: 2 });
    expect(neverTrue(asking(20, 1000), rule)).toMatch(/are asked once before the last step, and 3 times/);
  });
  it('names what is in force, also where it cannot come true', () => {
    const stopWhen = [StopRule.parse({ metric: 'completion/copied_frac', above: 0.5 })];
    expect(rulesOf(whole({ stopWhen }), { range, hasExample: false })).toContain('copying');
  });
});
