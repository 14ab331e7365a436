// Health and stop rules are one judgement: on the same curves the core warns, and the trainer ends the run. The curves are those of the trainer's
// test_rules.py, which holds the other half of this contract.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { StopRule } from '../../../../core/contract/job-blocks.ts';
import type { Part } from '../../../../core/contract/job-settings.ts';
import { HealthRule, type Series } from '../../../../core/contract/run-views.ts';
import { measurementOf, type Stoppable } from '../../../../core/jobs/health/measured.ts';
import { neverTrue, offeredRules } from '../../../../core/jobs/health/offered-rules.ts';
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
    const none = { validation: null, guard: null };
    expect(rulesOf({ ...whole(none), kind: 'sft' } as Stoppable)).toEqual(['held-out-falls']);
    expect(rulesOf({ ...whole({ ...none, heldOut: null }), kind: 'dpo' } as Stoppable)).toEqual([]);
    expect(rulesOf({ kind: 'merge', form: 'merged', dtype: 'float32' })).toEqual([]);
  });
  it.each([
    ['sft', 'policy/loss', null],
    ['sft', 'completion/length_mean', null],
    ['grpo', 'reward/format/mean', null],
    ['grpo', 'perf/step_s', null],
    ['sft', 'guard/kl', 'Without guard.klWeight the KL to the start is not measured'],
    ['grpo', 'guard/kl', 'A run of the kind grpo does not measure guard/kl'],
    ['sft', 'heldout/loss', 'Without validation no rows are set aside'],
    ['dpo', 'guard/retention_drop', 'Without guard.retention nothing is asked again'],
    ['grpo', 'completion/distnct_frac', 'No run measures completion/distnct_frac'],
    ['dpo', 'policy/kl', 'A run of the kind dpo does not measure policy/kl'],
    ['dpo', 'completion/length_mean', 'A run of the kind dpo does not measure completion/length_mean'],
    ['grpo', 'heldout/correct_frac', 'Without heldOut no question is held out'],
  ])('in a run of the kind %s: %s', (kind, metric, why) => {
    const rule = StopRule.parse({ metric, above: 1 });
    const none = { heldOut: null, validation: null, guard: null };
    expect(neverTrue({ ...whole(none), kind } as Stoppable, rule)).toBe(why);
  });
  it('knows every metric that the trainer tells', () => {
    const folder = join(rootFolder, 'resources/trainer/forethought_trainer');
    const modules = readdirSync(folder).filter((name) => name.endsWith('.py'));
    const told = modules.flatMap((name) => [
      ...readFileSync(join(folder, name), 'utf8').matchAll(
        /"((?:policy|completion|reward|answer|format|preference|heldout|guard)\/\w*[a-z])"/g,
      ),
    ]);
    const metrics = new Set(told.map(([, metric]) => metric!));
    expect(metrics.size).toBeGreaterThan(25);
    const unknown = [...metrics].filter((metric) => measurementOf(whole(), metric).why?.startsWith('No run'));
    expect(unknown).toEqual([]);
  });
  it('counts a step once that two intervals meet in, and the exams of the guard', () => {
    const heldOut = { source: 'play:validation', everySteps: 50, maxRows: null, set: 'held-out' };
    const training = { ...playPreset.settings.training, steps: 100 };
    const asked = (metric: string, more: object) =>
      neverTrue(
        { ...whole({ heldOut, training, validation: null, guard: null, ...more }) } as Stoppable,
        StopRule.parse({ metric, above: 1, forSteps: 99 }),
      )?.match(/(\d+ times|once), and/)?.[1];
    const retention = { retention: { everySteps: 40 } };
    const sft = { kind: 'sft', guard: retention, validation: { rows: 4, everySteps: 30 } };
    expect(asked('heldout/reward_mean', {})).toBe('3 times'); // 0, 50, 100
    expect(asked('heldout/reward_mean', { publishEverySteps: 50 })).toBe('3 times');
    expect(asked('heldout/reward_mean', sft)).toBe('5 times'); // 0, 40, 50, 80, 100
    expect(asked('heldout/loss', sft)).toBe('7 times'); // 0, 30, 40, 60, 80, 90, 100
    expect(asked('heldout/loss', { ...sft, heldOut: null, publishEverySteps: 70 })).toBe('8 times');
    expect(asked('guard/retention_mean', sft)).toBe('4 times'); // 0, 40, 80, 100
    expect(asked('guard/retention_drop', sft)).toBe('3 times');
  });
  it('is a rule over exams only where there are enough of them', () => {
    const asking = (steps: number, everySteps: number, publishEverySteps: number | null = null) =>
      whole({
        training: { ...playPreset.settings.training, steps },
        heldOut: { source: 'play:validation', everySteps, maxRows: null, set: 'held-out' },
        publishEverySteps,
      });
    expect(rulesOf(asking(20, 1000))).not.toContain('held-out-falls');
    expect(rulesOf(asking(10, 10))).not.toContain('held-out-falls');
    expect(rulesOf(asking(11, 10))).toContain('held-out-falls');
    expect(rulesOf(asking(11, 1000, 10))).toContain('held-out-falls');
    const rule = StopRule.parse({ metric: 'heldout/reward_mean', belowBest: 1, forSteps: 2 });
    expect(neverTrue(asking(20, 1000), rule)).toMatch(/are asked 2 times, and 3 times are needed/);
  });
  it('names what is in force, also where it cannot come true', () => {
    const stopWhen = [StopRule.parse({ metric: 'completion/copied_frac', above: 0.5 })];
    expect(rulesOf(whole({ stopWhen }), { range, hasExample: false })).toContain('copying');
  });
});
